/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INIT of this CPU's physical LAPIC. The LAPIC may be the guest's own, or stand behind a virtual
 * one.
 */
#ifndef APIC_PHYSICAL_LAPIC_RESET_H
#define APIC_PHYSICAL_LAPIC_RESET_H

/*
 * Brings the LAPIC to its state after INIT ("Local APIC State After It Receives an INIT Reset"). ID
 * and mode stay. Interrupts in service or requested are dropped.
 */
void lapic_reset(void);

/* Ends each interrupt that is in service. */
void lapic_end_interrupts(void);

/*
 * Serves the boot CPU while the guest has its LAPIC disabled: the PICs' interrupts and NMI go
 * straight through, as on a CPU with a disabled LAPIC (MultiProcessor Specification, "Virtual Wire
 * Mode"). The caller calls lapic_reset() first.
 */
void lapic_virtual_wire(void);

#endif
