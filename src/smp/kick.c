/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kick is a physical NMI. Every vector belongs to the guest or to the notification of posted
 * interrupts, and an INIT cannot be intercepted on every CPU. Any CPU may kick; kick.h explains the
 * flag.
 */
#include "smp/kick.h"

#include "apic/apic.h"
#include "core/machine.h"

void kick(struct vcpu *target)
{
    vcpu_attend(
        target); /* here and not by the NMI alone, which a LAPIC that is switched off loses */
    if (!atomic_exchange(&target->kicked, true))
        apic_send_nmi(target->apic_id);
}

void kick_with_nmi(struct vcpu *target)
{
    atomic_fetch_add(&target->guest_nmis, 1);
    if (target == this_cpu())
        vcpu_attend(target);
    else
        kick(target);
}

void kick_nmi_taken(struct vcpu *v)
{
    if (atomic_exchange(&v->kicked, false))
        v->events[COUNTER_KICK]++;
    else
        atomic_fetch_add(&v->guest_nmis, 1);
    vcpu_attend(v);
}
