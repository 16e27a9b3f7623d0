/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose NMI is it? A CPU is kicked with an NMI (apic_kick()), and the guest has NMIs of its own.
 * The sender of a kick sets vcpu->kicked before it sends and sends none while it is set, so exactly
 * one NMI is ours for each time the flag goes up; every other one is the guest's.
 */
#ifndef SMP_NMI_H
#define SMP_NMI_H

#include "core/vcpu.h"

/* Accounts for one physical NMI that this CPU took, in the host or by an exit. */
static inline void nmi_taken(struct vcpu *v)
{
    if (atomic_exchange(&v->kicked, false))
        v->counters[COUNTER_KICK]++;
    else
        atomic_fetch_add(&v->guest_nmis, 1);
}

#endif
