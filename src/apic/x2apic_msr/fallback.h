/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What x2apic_msr does about xAPIC mode. fallback_trap.c serves a CPU until it switches;
 * fallback_none.c hands CPUs over in locked x2APIC mode. APIC_X2APIC_XAPIC_FALLBACK links one of
 * them, which also says so in apic_locks_x2apic.
 */
#ifndef APIC_X2APIC_MSR_FALLBACK_H
#define APIC_X2APIC_MSR_FALLBACK_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* Pages for fallback_*() at v->apic. */
unsigned fallback_pages(void);

/* Takes up the LAPIC of a CPU that is not in x2APIC mode. */
void fallback_sync(struct vcpu *v);

/* Maps the xAPIC page for the mode in v->apic_base. */
void fallback_map(struct vcpu *v);

/* A second-level fault; EXIT_UNHANDLED if it is none on the xAPIC page. */
enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x);

#endif
