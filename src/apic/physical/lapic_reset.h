/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What INIT makes of the physical LAPIC, whether the guest owns it or the LAPIC stands behind a
 * virtual one.
 */
#ifndef APIC_PHYSICAL_LAPIC_RESET_H
#define APIC_PHYSICAL_LAPIC_RESET_H

/*
 * Brings this CPU's LAPIC to its state after INIT ("Local APIC State After It Receives an INIT
 * Reset"): all registers but ID and mode; interrupts in service or requested are dropped.
 */
void lapic_reset(void);

/*
 * What stands in for a boot CPU's LAPIC that the guest has switched off: the PIC's interrupts and
 * NMI go straight through, as they do without one (MultiProcessor Specification, "Virtual Wire
 * Mode"). Follows lapic_reset().
 */
void lapic_virtual_wire(void);

#endif
