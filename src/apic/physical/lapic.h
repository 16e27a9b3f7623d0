/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical local APIC of the CPU that runs this code: the page in xAPIC mode, MSRs in x2APIC
 * mode. `offset` is a register's offset in the xAPIC page (apic/apic_regs.h) in both modes. (Intel
 * SDM Vol. 3A, "Advanced Programmable Interrupt Controller (APIC)")
 *
 * struct lapic remembers what Lapwing itself has set. So no access reads an MSR for the mode, and
 * ICR_HI is never read again after lapic_attach(). Only lapic_mode.c changes the mode.
 */
#ifndef APIC_PHYSICAL_LAPIC_H
#define APIC_PHYSICAL_LAPIC_H

#include <lapwing/types.h>

struct vcpu;

/* One for each CPU, in struct vcpu. Only its own CPU touches it. */
struct lapic {
    bool x2apic;     /* the LAPIC is in x2APIC mode */
    uint32_t icr_hi; /* what ICR_HI holds in xAPIC mode */
};

/* Records mode and ICR_HI as the firmware left them. On the vCPU's own CPU, before any access. */
void lapic_attach(struct vcpu *v);

/*
 * Read or write one register. The register must exist in the present mode: x2APIC mode raises #GP.
 */
bool lapic_is_x2apic(void);
uint32_t lapic_read(uint32_t offset);
void lapic_write(uint32_t offset, uint32_t value);
/* Like lapic_write(), for a guest's value. Returns false if an x2APIC MSR refuses the value. */
bool lapic_try_write(uint32_t offset, uint32_t value);

/* The same, for a caller that has this CPU's vCPU. */
uint32_t lapic_read_of(const struct vcpu *v, uint32_t offset);
void lapic_write_of(struct vcpu *v, uint32_t offset, uint32_t value);

/* Returns the boot CPU's APIC ID. Runs before lapic_attach(). */
uint32_t lapic_boot_id(void);

/*
 * Sends an IPI to the CPU with that APIC ID. `command` is the low half of the ICR, with physical
 * destination mode. ICR_HI is restored afterwards if the LAPIC is the guest's, which may be between
 * its own two writes.
 */
void lapic_send_ipi(uint32_t apic_id, uint32_t command);

#endif
