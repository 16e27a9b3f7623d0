/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching this CPU's physical LAPIC between xAPIC and x2APIC mode. It is never left disabled:
 * Lapwing's kicks need it. ("x2APIC State Transitions")
 */
#ifndef APIC_PHYSICAL_LAPIC_MODE_H
#define APIC_PHYSICAL_LAPIC_MODE_H

#include "core/vcpu.h"

/*
 * May no CPU leave x2APIC mode? With an APIC ID above 254 among them, kicks could not name it from
 * xAPIC mode; and the firmware may have locked the mode (IA32_XAPIC_DISABLE_STATUS).
 */
bool lapic_must_stay_x2apic(void);
bool lapic_is_locked_x2apic(void);
bool lapic_ids_are_wide(void);

/* Both do nothing if the LAPIC is in that mode already. Register contents are kept by the switch
 * on. */
void lapic_enter_x2apic(void);
/*
 * By way of disabled, so the LAPIC comes out as after a reset. A kick that was on its way is lost:
 * the caller looks at what kicks bring before it enters the guest. `v` is the vCPU of this CPU.
 */
void lapic_leave_x2apic(struct vcpu *v);

#endif
