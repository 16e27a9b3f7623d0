/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * APIC_X2APIC_XAPIC_FALLBACK=n: CPUs are handed over in x2APIC mode and cannot leave it.
 * IA32_XAPIC_DISABLE_STATUS tells the guest so. (Intel SDM Vol. 3A, "x2APIC State Transitions";
 * Vol. 4, "IA32_XAPIC_DISABLE_STATUS") No state, no lock.
 */
#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "apic/x2apic_msr/fallback.h"
#include "core/log_guest.h"
#include "core/slat.h"
#include "core/virt.h"

#define ADVICE "set APIC_X2APIC_XAPIC_FALLBACK=y in menuconfig for a guest that needs xAPIC mode"

const bool apic_locks_x2apic = true;

unsigned fallback_pages(void)
{
    return 0;
}

/* In locked x2APIC mode no CPU comes here. */
void fallback_sync(struct vcpu *v)
{
    panic("cpu %u is not in x2APIC mode: IA32_APIC_BASE %lx", v->index, v->apic_base);
}

/* Unmaps the page. Its first access is logged and maps the page of ones, as where nothing is. */
void fallback_map(struct vcpu *v)
{
    pt_set_leaf(&v->slat, APIC_BASE_PA, 0, PT_NONE, PT_WB);
    virt_flush(v);
}

enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x)
{
    struct pt_leaf leaf;

    if ((x->gpa & PAGE_MASK) != APIC_BASE_PA)
        return EXIT_UNHANDLED;
    if (pt_lookup(&v->slat, APIC_BASE_PA, &leaf) == 0) {
        if (x->fault.in_event)
            return slat_fault_in_event(v, x);
        return slat_sink_write(v, APIC_BASE_PA);
    }
    log_guest(v, "cpu %u: access to the xAPIC page in x2APIC mode: nothing is there; " ADVICE,
              v->index);
    pt_set_leaf(&v->slat, APIC_BASE_PA, slat_void_pa(), PT_RX, PT_WB);
    virt_flush(v);
    return EXIT_RESUME;
}
