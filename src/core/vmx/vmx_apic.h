/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a strategy that uses the processor's virtual APIC asks of VMX: the one header of this room
 * that a strategy includes. No field or control of the VMCS is named on the strategy's side.
 *
 * Unless said otherwise a function must run on the vCPU's own CPU, where its VMCS is the current
 * one. (Intel SDM Vol. 3C, "APIC Virtualization and Virtual Interrupts")
 */
#ifndef CORE_VMX_VMX_APIC_H
#define CORE_VMX_VMX_APIC_H

#include <lapwing/types.h>

struct vcpu;

/*
 * 0 if this CPU can virtualise an APIC and process posted interrupts, else -ENODEV with *missing
 * naming the controls that it lacks. Needs no VMCS.
 */
int vmx_apic_probe(const char **missing);

/* "IPI Virtualization" is there. Needs no VMCS. */
bool vmx_apic_offers_ipi_virtualization(void);

struct vmx_apic_setup {
    hpa_t virtual_apic_page;
    hpa_t access_page;       /* where the guest's translation of the xAPIC page ends */
    hpa_t posted_descriptor; /* on a boundary of 64 bytes */
    uint8_t notification_vector;
};

/* Once a CPU: turns it all on but the modes and IPI virtualization. */
void vmx_apic_setup(const struct vmx_apic_setup *s);

/* Which accesses are virtualised: those to the xAPIC page, those to the x2APIC's MSRs, none. */
void vmx_apic_set_mode(bool page, bool msrs);

/* Turns IPI virtualization on. A table of posted-interrupt descriptors has to follow. */
void vmx_apic_virtualize_ipis(void);
void vmx_apic_set_pid_table(hpa_t table, uint16_t last_index);

/* The EOI-exit bitmap, 64 vectors a word: whose EOIs exit. */
#define VMX_EOI_EXIT_WORDS 4
void vmx_apic_set_eoi_exits(unsigned word, uint64_t vectors);

/* RVI, and SVI in the high byte ("Guest Interrupt Status"): evaluated at the next entry. */
void vmx_apic_set_interrupt_status(uint16_t status);

/* The guest sleeps in HLT, and nothing but a virtual interrupt keeps it from waking. */
bool vmx_apic_is_halted(void);
void vmx_apic_wake(void);

/*
 * Interrupts that pass the virtual APIC by (ExtINT): can the next entry inject one? Else an
 * EXIT_WINDOW comes when it can, if that was asked for.
 */
bool vmx_apic_can_inject(const struct vcpu *v);
void vmx_apic_inject(struct vcpu *v, uint8_t vector);

/* One more port that is watched, on all CPUs; before the first guest runs. */
void vmx_apic_watch_port(uint16_t port);

/* Exits that are asked for while an ExtINT waits: EXIT_WINDOW; EXIT_IO at the watched ports. */
void vmx_apic_set_exits(bool window, bool ports);

#endif
