/* SPDX-License-Identifier: GPL-2.0-only */
/* Decoding and checks of the Interrupt Command Register; see icr.h. No state, no lock. */
#include "apic/icr.h"

#include <lapwing/errno.h>

#include "apic/apic_regs.h"

/* The bits among 31:0 that software may write. */
#define ICR_LOW_WRITABLE                                                                           \
    (ICR_VECTOR | ICR_MODE_MASK | ICR_LOGICAL | ICR_ASSERT | ICR_LEVEL | ICR_SHORTHAND_MASK)

/* Bits 31:20, 17:16 and 13. */
#define ICR_X2APIC_RESERVED (GENMASK(31, 0) & ~(ICR_LOW_WRITABLE | ICR_BUSY))

/* Vectors 0 to 15 belong to exceptions and NMI. An APIC neither sends nor accepts them. */
#define ICR_FIRST_LEGAL_VECTOR 16

_Static_assert(ICR_X2APIC_RESERVED == 0xfff32000, "reserved bits of MSR 830H");

struct ipi_msg icr_decode(uint64_t raw, bool x2apic)
{
    const unsigned shift = x2apic ? ICR_X2APIC_DEST_SHIFT : ICR_XAPIC_DEST_SHIFT;

    return (struct ipi_msg){
        .mode = (enum icr_mode)((raw & ICR_MODE_MASK) >> ICR_MODE_SHIFT),
        .vector = (uint8_t)(raw & ICR_VECTOR),
        .dest = (uint32_t)(raw >> shift),
        .logical = (raw & ICR_LOGICAL) != 0,
        .shorthand = (enum icr_shorthand)((raw & ICR_SHORTHAND_MASK) >> ICR_SHORTHAND_SHIFT),
        .assert_ = (raw & ICR_ASSERT) != 0,
        .level = (raw & ICR_LEVEL) != 0,
        .x2apic = x2apic,
        .low = (uint32_t)(raw & ICR_LOW_WRITABLE),
    };
}

bool icr_is_init_deassert(const struct ipi_msg *msg)
{
    return msg->mode == ICR_MODE_INIT && msg->level && !msg->assert_;
}

bool icr_is_dropped(const struct ipi_msg *msg)
{
    return msg->mode == ICR_MODE_SMI;
}

uint64_t icr_x2apic_reserved(uint64_t raw)
{
    return raw & ICR_X2APIC_RESERVED;
}

uint32_t icr_send_error(const struct ipi_msg *msg)
{
    switch (msg->mode) {
    case ICR_MODE_FIXED:
    case ICR_MODE_LOWEST:
        return msg->vector < ICR_FIRST_LEGAL_VECTOR ? APIC_ESR_SEND_ILLEGAL_VECTOR : 0;
    case ICR_MODE_RESERVED:
        return APIC_ESR_SEND_ACCEPT;
    case ICR_MODE_SMI:
    case ICR_MODE_NMI:
    case ICR_MODE_INIT:
    case ICR_MODE_SIPI:
    case ICR_MODE_EXTINT:
        return 0; /* the vector field has another meaning, or none */
    }
    return 0;
}
