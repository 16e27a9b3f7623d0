/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching this CPU's physical LAPIC between xAPIC and x2APIC mode. It is never left disabled:
 * Lapwing's kicks need it. ("x2APIC State Transitions")
 */
#ifndef APIC_LAPIC_MODE_H
#define APIC_LAPIC_MODE_H

#include "core/vcpu.h"

/* Both do nothing if the LAPIC is in that mode already. Register contents are kept by the switch
 * on. */
void lapic_enter_x2apic(void);
/*
 * By way of disabled, so the LAPIC comes out as after a reset. A kick that was on its way is lost:
 * the caller looks at what kicks bring before it enters the guest. `v` is the vCPU of this CPU.
 */
void lapic_leave_x2apic(struct vcpu *v);

#endif
