/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's xAPIC page, write-protected on this CPU: reads go to the physical LAPIC, writes come
 * here. xapic_ept uses it, and x2apic_msr for as long as a CPU is in xAPIC mode. A strategy embeds
 * struct xapic_page in its struct apic_vcpu and says where by xapic_page_of().
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_PAGE_H
#define APIC_XAPIC_TRAP_XAPIC_PAGE_H

#include "apic/xapic_trap/xapic_scratch.h"
#include "core/vm_exit.h"

/* The state of one CPU's page; page-aligned and zeroed. Its own CPU only. */
struct xapic_page {
    struct xapic_scratch scratch;
    uint32_t version;      /* what the physical LAPIC's version register says */
    uint32_t ext_features; /* and AMD's extended feature register; 0: no extended registers */
};

/* The strategy's. */
struct xapic_page *xapic_page_of(struct vcpu *v);

/* Maps the page for the mode that v->apic_base says: protected, or nothing outside xAPIC mode. */
void xapic_page_map(struct vcpu *v);

/* A second-level fault; EXIT_UNHANDLED if it is none on the page. */
enum exit_result xapic_page_fault(struct vcpu *v, const struct vm_exit *x);

/* What a guest's 32-bit write to the register at `offset` does. */
void xapic_page_write(struct vcpu *v, unsigned offset, uint32_t value);

/* What the guest reads at `offset`; false where reading would leave an error in the ESR. */
bool xapic_page_read(struct vcpu *v, unsigned offset, uint32_t *value);

/* Takes up this CPU's LAPIC as the firmware, or INIT, left it. */
void xapic_page_sync(struct vcpu *v);

#endif
