/* SPDX-License-Identifier: GPL-2.0-only */
/* Destination matching of local APICs; see dest.h. No state, no lock. */
#include "apic/dest.h"

#include "apic/apic_regs.h"

#define XAPIC_CLUSTER UINT32_C(0xf0)
#define XAPIC_MEMBERS UINT32_C(0x0f)

#define X2APIC_CLUSTER_SHIFT 16
#define X2APIC_MEMBERS       UINT32_C(0xffff)

uint64_t lapic_id_pack(const struct lapic_id *id)
{
    return id->id | (uint64_t)(id->ldr >> APIC_XAPIC_LDR_SHIFT) << LAPIC_WORD_LDR_SHIFT |
           (uint64_t)(id->dfr >> APIC_DFR_MODEL_SHIFT) << LAPIC_WORD_DFR_SHIFT |
           (id->x2apic ? LAPIC_WORD_X2APIC : 0) | (id->enabled ? LAPIC_WORD_ENABLED : 0);
}

uint32_t x2apic_ldr(uint32_t id)
{
    return (id & ~UINT32_C(0xf)) << 12 | UINT32_C(1) << (id & 0xf);
}

static bool is_broadcast(const struct ipi_msg *msg)
{
    return msg->dest == (msg->x2apic ? ICR_X2APIC_BROADCAST : ICR_XAPIC_BROADCAST);
}

static bool x2apic_logical_matches(uint32_t dest, uint32_t id)
{
    const uint32_t ldr = x2apic_ldr(id);

    /* The cluster is a number and must be equal. The members are a mask. */
    return dest >> X2APIC_CLUSTER_SHIFT == ldr >> X2APIC_CLUSTER_SHIFT &&
           (dest & ldr & X2APIC_MEMBERS) != 0;
}

static bool xapic_logical_matches(const struct ipi_msg *msg, uint64_t me)
{
    const uint32_t dest = msg->dest;
    const uint32_t logical_id = (uint32_t)(me >> LAPIC_WORD_LDR_SHIFT) & 0xff;

    if (msg->x2apic && is_broadcast(msg))
        return true;
    if (dest > ICR_XAPIC_BROADCAST)
        return false; /* a destination from a sender in x2APIC mode, which names a cluster there */

    switch (me >> LAPIC_WORD_DFR_SHIFT & 0xf) {
    case APIC_DFR_FLAT >> APIC_DFR_MODEL_SHIFT:
        /* 0xFF needs no case of its own. It does not reach an APIC whose LDR was never set. */
        return (dest & logical_id) != 0;
    case APIC_DFR_CLUSTER >> APIC_DFR_MODEL_SHIFT:
        return is_broadcast(msg) || ((dest & XAPIC_CLUSTER) == (logical_id & XAPIC_CLUSTER) &&
                                     (dest & logical_id & XAPIC_MEMBERS) != 0);
    default:
        return false; /* no other model is defined */
    }
}

static bool address_matches(const struct ipi_msg *msg, uint64_t me)
{
    if (!msg->logical)
        return msg->dest == (uint32_t)me || is_broadcast(msg);
    if (me & LAPIC_WORD_X2APIC)
        return x2apic_logical_matches(msg->dest, (uint32_t)me) || is_broadcast(msg);
    return xapic_logical_matches(msg, me);
}

uint64_t lapic_id_after_init(uint64_t word)
{
    return (word & ~LAPIC_WORD_LDR) | LAPIC_WORD_DFR;
}

bool dest_matches(const struct ipi_msg *msg, uint64_t me, bool is_self)
{
    if (!(me & LAPIC_WORD_ENABLED))
        return false;
    if (msg->shorthand == ICR_SHORTHAND_NONE)
        return address_matches(msg, me);
    return msg->shorthand == ICR_SHORTHAND_ALL || is_self == (msg->shorthand == ICR_SHORTHAND_SELF);
}
