/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This CPU's physical local APIC, for Lapwing's own needs, in whichever mode it is: MMIO or MSRs.
 * Register offsets are those of apic/apic_regs.h. (Intel SDM, "Advanced Programmable Interrupt
 * Controller (APIC)")
 */
#ifndef APIC_PHYSICAL_LAPIC_H
#define APIC_PHYSICAL_LAPIC_H

#include <lapwing/types.h>

bool lapic_is_x2apic(void);
uint32_t lapic_read(uint32_t offset);
void lapic_write(uint32_t offset, uint32_t value);
/* The same for a value that is the guest's: false if the LAPIC refuses it, as x2APIC MSRs may. */
bool lapic_try_write(uint32_t offset, uint32_t value);

/* In xAPIC mode only, and faster: it does not look which mode it is. */
uint32_t lapic_read_xapic(uint32_t offset);

/* This CPU's APIC ID as a number. */
uint32_t lapic_id(void);

/*
 * Sends an IPI to one CPU: `command` is the low half of the ICR, physical destination mode. ICR_HI
 * is put back afterwards: a guest may be between its own two writes.
 */
void lapic_send_ipi(uint32_t apic_id, uint32_t command);

#endif
