/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's xAPIC page, write-protected on this CPU: reads go to the physical LAPIC, writes come
 * here. Used by xapic_ept, and by x2apic_msr for as long as a CPU is in xAPIC mode.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_PAGE_H
#define APIC_XAPIC_TRAP_XAPIC_PAGE_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* State of the method that carries out a write; zeroed pages, at v->apic. */
extern const unsigned xapic_page_pages;

/* Maps the page for the mode that v->apic_base says: protected, or nothing there outside xAPIC
 * mode. */
void xapic_page_map(struct vcpu *v);

/* A second-level fault; EXIT_UNHANDLED if it is none on the page. */
enum exit_result xapic_page_fault(struct vcpu *v, const struct vm_exit *x);

/* What a guest's 32-bit write to the register at `offset` does. */
void xapic_page_write(struct vcpu *v, unsigned offset, uint32_t value);

/* Takes up this CPU's LAPIC as the firmware, or INIT, left it. */
void xapic_page_sync(struct vcpu *v);

#endif
