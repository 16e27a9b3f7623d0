/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What strategy x2apic_msr does about xAPIC mode. fallback_trap.c serves a CPU until it switches to
 * x2APIC mode. fallback_none.c hands CPUs over in locked x2APIC mode. APIC_X2APIC_XAPIC_FALLBACK in
 * Kconfig links one of the two files, which also defines apic_locks_x2apic. Each function runs on
 * the vCPU's own CPU.
 */
#ifndef APIC_X2APIC_MSR_FALLBACK_H
#define APIC_X2APIC_MSR_FALLBACK_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* The number of zeroed pages that fallback_*() needs at v->apic. */
unsigned fallback_pages(void);

/* Takes over the LAPIC's identity on a CPU that is not in x2APIC mode. */
void fallback_sync(struct vcpu *v);

/* Maps the xAPIC page as the mode in v->apic_base demands. */
void fallback_map(struct vcpu *v);

/* Handles a second-level fault. Returns EXIT_UNHANDLED if the fault is not on the xAPIC page. */
enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x);

#endif
