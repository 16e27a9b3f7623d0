/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's xAPIC page, write-protected on this CPU. The guest reads the physical LAPIC, and its
 * writes exit to this code. xapic_ept uses it, and so does x2apic_msr while a CPU is in xAPIC mode.
 * A strategy embeds struct xapic_page in its struct apic_vcpu and returns its address from
 * xapic_page_of(). Each function runs on the vCPU's own CPU.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_PAGE_H
#define APIC_XAPIC_TRAP_XAPIC_PAGE_H

#include "apic/xapic_trap/xapic_scratch.h"
#include "core/vm_exit.h"

/* The state of one CPU's page, page-aligned and zeroed. Only its own CPU touches it. */
struct xapic_page {
    struct xapic_scratch scratch;
    uint32_t version;      /* the physical LAPIC's version register; 0: not read yet */
    uint32_t ext_features; /* AMD's extended feature register; 0: no extended registers */
};

/*
 * Maps the page for the mode in v->apic_base: write-protected in xAPIC mode, else the page of ones.
 */
void xapic_page_map(struct vcpu *v);

/* Handles a second-level fault. Returns EXIT_UNHANDLED if the fault is not on the page. */
enum exit_result xapic_page_fault(struct vcpu *v, const struct vm_exit *x);

/* Does what a guest's 32-bit write to the register at `offset` (bytes) does. */
void xapic_page_write(struct vcpu *v, unsigned offset, uint32_t value);

/*
 * Reads what the guest reads at `offset`. Returns false where a read would set an error in the ESR.
 */
bool xapic_page_read(struct vcpu *v, unsigned offset, uint32_t *value);

/* Takes over the identity of this CPU's LAPIC as the firmware, INIT or a guest's write left it. */
void xapic_page_sync(struct vcpu *v);

#endif
