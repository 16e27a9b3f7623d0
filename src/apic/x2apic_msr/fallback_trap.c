/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * APIC_X2APIC_XAPIC_FALLBACK=y: a CPU in xAPIC mode is served by the code of xapic_ept. State:
 * struct apic_vcpu, its own CPU only.
 */
#include "apic/apic.h"
#include "apic/x2apic_msr/fallback.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"

const bool apic_locks_x2apic = false;

struct apic_vcpu {
    struct xapic_page page;
};

struct xapic_page *xapic_page_of(struct vcpu *v)
{
    return &v->apic->page;
}

unsigned fallback_pages(void)
{
    return (sizeof(struct apic_vcpu) + PAGE_SIZE - 1) / PAGE_SIZE;
}

void fallback_sync(struct vcpu *v)
{
    xapic_page_sync(v);
}

void fallback_map(struct vcpu *v)
{
    xapic_page_map(v);
}

enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x)
{
    return xapic_page_fault(v, x);
}
