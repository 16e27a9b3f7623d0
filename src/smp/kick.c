/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kick is a physical NMI. Every vector belongs to the guest or to the notification of posted
 * interrupts, and an INIT cannot be intercepted on every CPU. Any CPU may kick; kick.h explains the
 * flag.
 */
#include "smp/kick.h"

#include "apic/apic.h"

void kick(struct vcpu *target)
{
    if (!atomic_exchange(&target->kicked, true))
        apic_send_nmi(target->apic_id);
}

void kick_nmi_taken(struct vcpu *v)
{
    if (atomic_exchange(&v->kicked, false))
        v->counters[COUNTER_KICK]++;
    else
        atomic_fetch_add(&v->guest_nmis, 1);
}
