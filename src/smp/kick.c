/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kick is a physical NMI. The guest, or the notification of posted interrupts, owns every
 * vector, and an INIT cannot be intercepted everywhere. Any CPU may kick; see kick.h for the flag.
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
