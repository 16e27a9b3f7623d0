/* SPDX-License-Identifier: GPL-2.0-only */
/* Decoding and checks of the Interrupt Command Register; see icr.h. No state, no lock. */
#include "apic/icr.h"

#include <lapwing/errno.h>

#include "apic/apic_regs.h"

/* Vectors 0 to 15 belong to exceptions and NMI. An APIC neither sends nor accepts them. */
#define ICR_FIRST_LEGAL_VECTOR 16

struct ipi_msg icr_decode(uint64_t raw, bool x2apic)
{
    return (struct ipi_msg){
        .mode = icr_mode(raw),
        .vector = (uint8_t)(raw & ICR_VECTOR),
        .dest = (uint32_t)(raw >> ICR_DEST_SHIFT),
        .logical = (raw & ICR_LOGICAL) != 0,
        .shorthand = (enum icr_shorthand)((raw & ICR_SHORTHAND_MASK) >> ICR_SHORTHAND_SHIFT),
        .x2apic = x2apic,
    };
}

bool icr_is_init_deassert(uint64_t raw)
{
    return icr_mode(raw) == ICR_MODE_INIT && (raw & ICR_LEVEL) && !(raw & ICR_ASSERT);
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
