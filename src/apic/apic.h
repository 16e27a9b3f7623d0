/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strategy contract: how Lapwing sees what the guest does to its local APIC. Kconfig links
 * exactly one implementation (src/apic/<strategy>/), and the linker proves that the implementation
 * is complete. docs/strategies.md tells how to write another.
 *
 * A strategy decodes ICR values with icr_decode() and asks smp_guest_ipi() what becomes of them. A
 * strategy never touches run state. The SMP core never sees a register layout. Each function runs
 * on the CPU of the vCPU that it is given.
 */
#ifndef APIC_APIC_H
#define APIC_APIC_H

#include "core/vcpu.h"
#include "core/msr.h"
#include "core/ports.h"
#include "core/vm_exit.h"

/*
 * The first part is what the strategy defines. The name appears in the log and in CPUID; it has at
 * most 12 characters.
 */
extern const char apic_strategy_name[];

/* The strategy's rows of the MSR table (core/msr.h). IA32_APIC_BASE is not among them. */
extern const struct msr_trap apic_msr_traps[];
extern const unsigned apic_msr_trap_count;

/* The strategy's rows of the port table (core/ports.h). */
extern const struct port_trap apic_port_traps[];
extern const unsigned apic_port_trap_count;

/* The number of pages that the strategy needs for each vCPU. */
unsigned apic_pages_per_cpu(void);

/*
 * Whether the guest has x2APIC mode. Without x2APIC mode EXTD in IA32_APIC_BASE is a reserved bit.
 */
extern const bool apic_shows_x2apic;

/* Whether CPUs are handed over in x2APIC mode and cannot leave it. */
extern const bool apic_locks_x2apic;

/* Whether the guest sees a virtual LAPIC, and not the physical one. */
extern const bool apic_is_virtual;

/*
 * Hides or adds features in one CPUID leaf. `r` holds the hardware's answer on entry. What it says of
 * leaf 1 must be the same each time: core/cpuid.c remembers it.
 */
void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

/*
 * Can this machine run the strategy? Returns 0, or -ENODEV and in *missing a text that names the
 * missing feature and what the user can do.
 */
int apic_probe(const char **missing);

/*
 * Sets up what the strategy traps, before the CPU's first entry into the guest. v->apic points to
 * apic_pages_per_cpu() zeroed pages.
 */
void apic_cpu_init(struct vcpu *v);

/* Does to the LAPIC what INIT does ("Local APIC State After It Receives an INIT-Deassert IPI"). */
void apic_cpu_reset(struct vcpu *v);

/* Follows a change of the guest's APIC mode. v->apic_base holds the new value already. */
void apic_mode_changed(struct vcpu *v);

/* Handles an exit that may be the strategy's. Returns EXIT_UNHANDLED for every other exit. */
enum exit_result apic_handle_exit(struct vcpu *v, const struct vm_exit *x);

/* The last C code before each guest entry. */
void apic_pre_entry(struct vcpu *v);

/*
 * The second part is code that all strategies share: the MSR rows of IA32_APIC_BASE and of the MSRs
 * that say whether its mode is locked. v->apic_base keeps the guest's value, which follows the
 * state machine of apic_base.h.
 */
extern const struct msr_trap apic_base_traps[];
extern const unsigned apic_base_trap_count;
msr_read_fn apic_base_msr_read;
msr_write_fn apic_base_msr_write;

/* Sends a physical NMI to the CPU with that APIC ID, from any CPU. Kicks use it. */
void apic_send_nmi(uint32_t apic_id);

#endif
