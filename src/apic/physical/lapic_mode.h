/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switches of this CPU's physical LAPIC between xAPIC and x2APIC mode. The LAPIC is never left
 * disabled, because kicks need it. (Intel SDM Vol. 3A, "x2APIC State Transitions")
 */
#ifndef APIC_PHYSICAL_LAPIC_MODE_H
#define APIC_PHYSICAL_LAPIC_MODE_H

#include "core/vcpu.h"

/*
 * Two reasons why no CPU may leave x2APIC mode. The firmware may have locked the mode
 * (IA32_XAPIC_DISABLE_STATUS). And a CPU with an APIC ID above 254 cannot be kicked from xAPIC
 * mode.
 */
bool lapic_is_locked_x2apic(void);
bool lapic_ids_are_wide(void);

/*
 * Both do nothing if the LAPIC is in that mode already. `v` is the vCPU of this CPU. Entering keeps
 * the registers. Leaving passes through "disabled", which resets the LAPIC. A kick that was on its
 * way may be lost then, so the caller must look at its mailbox before it enters the guest.
 */
void lapic_enter_x2apic(struct vcpu *v);
void lapic_leave_x2apic(struct vcpu *v);

#endif
