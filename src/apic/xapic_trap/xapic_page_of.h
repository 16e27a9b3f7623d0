/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the state of the trapped xAPIC page is. The strategy that uses the page defines the
 * function. The page and its methods do not know which strategy that is.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_PAGE_OF_H
#define APIC_XAPIC_TRAP_XAPIC_PAGE_OF_H

struct vcpu;
struct xapic_page;

/* Returns the state of the vCPU's page, which only the vCPU's own CPU touches. */
struct xapic_page *xapic_page_of(struct vcpu *v);

#endif
