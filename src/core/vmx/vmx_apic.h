/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a strategy that uses the processor's virtual APIC asks of VMX. A strategy includes no other
 * header of this room, and names no field or control of the VMCS.
 *
 * Unless said otherwise a function runs on the vCPU's own CPU, where its VMCS is the current one.
 * (Intel SDM Vol. 3C, "APIC Virtualization and Virtual Interrupts")
 */
#ifndef CORE_VMX_VMX_APIC_H
#define CORE_VMX_VMX_APIC_H

#include <lapwing/types.h>

struct vcpu;

/*
 * Can this CPU virtualise an APIC and process posted interrupts? Returns 0, or -ENODEV and in
 * *missing a text that names the controls that it lacks. Needs no VMCS.
 */
int vmx_apic_probe(const char **missing);

/* Does the CPU have IPI virtualization ("IPI Virtualization")? Needs no VMCS. */
bool vmx_apic_offers_ipi_virtualization(void);

struct vmx_apic_setup {
    hpa_t virtual_apic_page;
    hpa_t access_page;       /* where the guest's translation of the xAPIC page ends */
    hpa_t posted_descriptor; /* aligned to 64 bytes */
    uint8_t notification_vector;
};

/* Turns everything on but the modes and IPI virtualization. Once for each CPU. */
void vmx_apic_setup(const struct vmx_apic_setup *s);

/* Says which accesses are virtualised: to the xAPIC page, to the x2APIC's MSRs, or none. */
void vmx_apic_set_mode(bool page, bool msrs);

/*
 * Turns IPI virtualization on, and sets the table of posted-interrupt descriptors, which it needs.
 */
void vmx_apic_virtualize_ipis(void);
void vmx_apic_set_pid_table(hpa_t table, uint16_t last_index);

/* Sets 64 vectors (a bit each) of the EOI-exit bitmap: those whose EOIs exit. */
#define VMX_EOI_EXIT_WORDS 4
void vmx_apic_set_eoi_exits(unsigned word, uint64_t vectors);

/*
 * Sets RVI, and SVI in the high byte ("Guest Interrupt Status"). The next entry evaluates them.
 * vmx_apic_request() only raises RVI, after `vector` has been set in the IRR.
 */
void vmx_apic_set_interrupt_status(uint16_t status);
void vmx_apic_request(uint8_t vector);

/*
 * Does the guest sleep in HLT so that a virtual interrupt would wake it? vmx_apic_wake() wakes it.
 */
bool vmx_apic_is_halted(void);
void vmx_apic_wake(void);

/*
 * Can the next entry inject an interrupt that bypasses the virtual APIC (ExtINT)? If not,
 * EXIT_WINDOW comes when it can, if vmx_apic_set_exits() asked for it.
 */
bool vmx_apic_can_inject(const struct vcpu *v);
void vmx_apic_inject(struct vcpu *v, uint8_t vector);

/*
 * Chooses the exits while an ExtINT waits: EXIT_WINDOW, and EXIT_IO at the ports that are trapped
 * at request.
 */
void vmx_apic_set_exits(bool window, bool ports);

#endif
