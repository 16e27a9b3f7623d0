/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the trapped xAPIC page asks of the strategy that uses it: where the page's state is. The
 * strategy defines the function; the page and its methods do not know which strategy that is.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_PAGE_OF_H
#define APIC_XAPIC_TRAP_XAPIC_PAGE_OF_H

struct vcpu;
struct xapic_page;

/* Returns the state of the page of a vCPU, which only the vCPU's own CPU touches. */
struct xapic_page *xapic_page_of(struct vcpu *v);

#endif
