/* SPDX-License-Identifier: GPL-2.0-only */
/* The physical LAPIC of a guest that owns it: what INIT makes of it. For pass-through strategies.
 */
#ifndef APIC_LAPIC_RESET_H
#define APIC_LAPIC_RESET_H

/*
 * Brings this CPU's LAPIC to its state after INIT ("Local APIC State After It Receives an INIT
 * Reset"): all registers but ID and mode; interrupts in service or requested are dropped.
 */
void lapic_reset(void);

#endif
