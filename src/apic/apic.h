/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strategy contract: how Lapwing sees what the guest does to its local APIC. Kconfig links
 * exactly one implementation (src/apic/<strategy>/), and the linker proves that it is complete.
 * docs/strategies.md tells how to write another.
 *
 * A strategy decodes ICR values with icr_decode() and asks smp_guest_ipi() what becomes of them. It
 * never touches run state. The SMP core never sees a register layout.
 */
#ifndef APIC_APIC_H
#define APIC_APIC_H

#include "core/vcpu.h"
#include "core/msr.h"
#include "core/vm_exit.h"

/* The first part is the strategy's. Its name is for logs and CPUID: at most 12 characters. */
extern const char apic_strategy_name[];

/* The strategy's rows of the MSR table (core/msr.h); IA32_APIC_BASE is not among them. */
extern const struct msr_trap apic_msr_traps[];
extern const unsigned apic_msr_trap_count;

/* Zeroed pages that each vCPU needs. */
unsigned apic_pages_per_cpu(void);

/* Whether the guest has x2APIC mode; without it EXTD in IA32_APIC_BASE is a reserved bit. */
extern const bool apic_shows_x2apic;

/* Whether CPUs are handed over in x2APIC mode and cannot leave it. */
extern const bool apic_locks_x2apic;

/* Whether the LAPIC that the guest sees is one of the strategy's, and not the physical one. */
extern const bool apic_is_virtual;

/* What the strategy hides or adds in CPUID; `r` holds the hardware's answer. */
void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

/* Can this machine do it? 0, or -ENODEV with *missing naming the feature and what to do. */
int apic_probe(const char **missing);

/*
 * Each vCPU, on its own CPU, before its first entry: what to trap. v->apic points to
 * apic_pages_per_cpu() zeroed pages.
 */
void apic_cpu_init(struct vcpu *v);

/* What INIT does to the LAPIC ("Local APIC State After It Receives an INIT-Deassert IPI"). */
void apic_cpu_reset(struct vcpu *v);

/* The guest has changed its APIC mode: v->apic_base says to which. */
void apic_mode_changed(struct vcpu *v);

/* An exit that may be the strategy's; EXIT_UNHANDLED if it is not. */
enum exit_result apic_handle_exit(struct vcpu *v, const struct vm_exit *x);

/* The last C before each guest entry. */
void apic_pre_entry(struct vcpu *v);

/*
 * The second part is shared by all strategies. First the rows of IA32_APIC_BASE and of
 * what locks it: the guest's value is kept in v->apic_base and follows the state machine of
 * apic_base.h.
 */
extern const struct msr_trap apic_base_traps[];
extern const unsigned apic_base_trap_count;
msr_write_fn apic_base_msr_write;

/* A physical NMI to one CPU, for kicks. */
void apic_send_nmi(uint32_t apic_id);

#endif
