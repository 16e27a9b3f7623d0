/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching this CPU's physical LAPIC between xAPIC and x2APIC mode. The LAPIC is never left
 * disabled, because Lapwing's kicks need it. ("x2APIC State Transitions")
 */
#ifndef APIC_PHYSICAL_LAPIC_MODE_H
#define APIC_PHYSICAL_LAPIC_MODE_H

#include "core/vcpu.h"

/*
 * May no CPU leave x2APIC mode? With an APIC ID above 254 among them, kicks could not name it from
 * xAPIC mode; and the firmware may have locked the mode (IA32_XAPIC_DISABLE_STATUS).
 */
bool lapic_is_locked_x2apic(void);
bool lapic_ids_are_wide(void);

/*
 * Both do nothing if the LAPIC is in that mode already; `v` is the vCPU of this CPU. Entering keeps
 * the registers. Leaving goes by way of disabled, so that the LAPIC comes out as after a reset. A
 * kick that was on its way is lost then: the caller looks at what kicks bring before it enters the
 * guest.
 */
void lapic_enter_x2apic(struct vcpu *v);
void lapic_leave_x2apic(struct vcpu *v);

#endif
