/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What x2apic_msr does about xAPIC mode: serve it until the CPU switches (fallback_trap.c), or hand
 * CPUs over in locked x2APIC mode (fallback_none.c). APIC_X2APIC_XAPIC_FALLBACK links one of them,
 * with its MSR rows.
 */
#ifndef APIC_X2APIC_MSR_FALLBACK_H
#define APIC_X2APIC_MSR_FALLBACK_H

#include "core/msr.h"

/* May a guest CPU be in xAPIC mode? */
extern const bool fallback_serves_xapic;

/* Pages for fallback_*() at v->apic. */
unsigned fallback_pages(void);

/* Takes up the LAPIC of a CPU that is not in x2APIC mode. */
void fallback_sync(struct vcpu *v);

/* Maps the xAPIC page for the mode in v->apic_base. */
void fallback_map(struct vcpu *v);

/* A second-level fault; EXIT_UNHANDLED if it is none on the xAPIC page. */
enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x);

/* What the choice adds to CPUID. */
void fallback_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

/* In x2apic_msr.c, for the rows that both choices have. */
msr_write_fn x2apic_write_icr;

/*
 * ICR writes are intercepted in every mode. The rest of the range is let through, except for a
 * guest that has its APIC disabled while the physical one stays in x2APIC mode.
 */
#define X2APIC_ROWS                                                                                \
    {.first = APIC_MSR_X2APIC_ICR,                                                                 \
     .last = APIC_MSR_X2APIC_ICR,                                                                  \
     .read = msr_read_gp,                                                                          \
     .write = x2apic_write_icr,                                                                    \
     .open_at_first = MSR_OPEN_READ},                                                              \
    {                                                                                              \
        .first = APIC_MSR_X2APIC_FIRST, .last = APIC_MSR_X2APIC_LAST, .read = msr_read_gp,         \
        .write = msr_write_gp, .open_at_first = MSR_OPEN_BOTH                                      \
    }

#endif
