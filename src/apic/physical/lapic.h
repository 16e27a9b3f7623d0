/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical local APIC of the CPU that runs this code, in either mode: by its page in xAPIC
 * mode, by MSRs in x2APIC mode. Register offsets are those of apic/apic_regs.h. (Intel SDM Vol. 3A,
 * "Advanced Programmable Interrupt Controller (APIC)")
 *
 * What Lapwing itself has set is remembered for each CPU in struct lapic: an access asks no MSR for
 * the mode, and ICR_HI is never read. Only lapic_mode.c changes the mode.
 */
#ifndef APIC_PHYSICAL_LAPIC_H
#define APIC_PHYSICAL_LAPIC_H

#include <lapwing/types.h>

struct vcpu;

/* One for each CPU, in its struct vcpu. Its own CPU only. */
struct lapic {
    bool x2apic;     /* the mode */
    uint32_t icr_hi; /* what ICR_HI holds in xAPIC mode */
};

/* Takes up the LAPIC as the firmware left it. On the CPU itself, before any other access. */
void lapic_attach(struct vcpu *v);

bool lapic_is_x2apic(void);
uint32_t lapic_read(uint32_t offset);
void lapic_write(uint32_t offset, uint32_t value);
/* The same for a value that is the guest's: false if the LAPIC refuses it, as x2APIC MSRs may. */
bool lapic_try_write(uint32_t offset, uint32_t value);

/* The APIC ID of the boot CPU, which is attached to no LAPIC yet. */
uint32_t lapic_boot_id(void);

/*
 * Sends an IPI to one CPU: `command` is the low half of the ICR, physical destination mode. ICR_HI
 * is put back afterwards, because a guest may be between its own two writes.
 */
void lapic_send_ipi(uint32_t apic_id, uint32_t command);

#endif
