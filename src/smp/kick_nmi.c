/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kick of the pass-through strategies: a physical NMI, since the guest owns all vectors and
 * INIT is not interceptable everywhere. smp/nmi.h tells it from the guest's own NMIs.
 */
#include "apic/apic.h"
#include "apic/icr.h"
#include "apic/physical/lapic.h"

void apic_kick(struct vcpu *target)
{
    if (!atomic_exchange(&target->kicked, true))
        lapic_send_ipi(target->apic_id, (uint32_t)(ICR_MODE_NMI << ICR_MODE_SHIFT | ICR_ASSERT));
}
