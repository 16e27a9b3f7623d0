/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switching this CPU's physical LAPIC between xAPIC and x2APIC mode. It is never left disabled:
 * Lapwing's kicks need it. ("x2APIC State Transitions")
 */
#ifndef APIC_LAPIC_MODE_H
#define APIC_LAPIC_MODE_H

/* Both do nothing if the LAPIC is in that mode already. Register contents are kept by the switch
 * on. */
void lapic_enter_x2apic(void);
/* By way of disabled, so the LAPIC comes out as after a reset. */
void lapic_leave_x2apic(void);

#endif
