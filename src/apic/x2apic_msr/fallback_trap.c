/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * APIC_X2APIC_XAPIC_FALLBACK=y: a CPU in xAPIC mode is served as by xapic_ept, with the same code.
 */
#include "apic/apic_msr.h"
#include "apic/apic_regs.h"
#include "apic/x2apic_msr/fallback.h"
#include "apic/xapic_trap/xapic_page.h"

const bool fallback_serves_xapic = true;

const struct msr_trap apic_msr_traps[] = {
    MSR_TRAP(APIC_MSR_BASE, apic_msr_read_base, apic_msr_write_base),
    X2APIC_ROWS,
};
const unsigned apic_msr_trap_count = ARRAY_SIZE(apic_msr_traps);

unsigned fallback_pages(void)
{
    return xapic_page_pages;
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

void fallback_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)leaf;
    (void)subleaf;
    (void)r;
}
