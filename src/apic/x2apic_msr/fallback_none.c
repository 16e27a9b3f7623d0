/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * APIC_X2APIC_XAPIC_FALLBACK=n: CPUs are handed over in x2APIC mode and stay there, which
 * IA32_XAPIC_DISABLE_STATUS tells the guest. (Intel SDM Vol. 3A, "x2APIC State Transitions", and
 * the MSRs' own descriptions)
 */
#include "apic/apic.h"
#include "apic/apic_msr.h"
#include "apic/apic_regs.h"
#include "apic/x2apic_msr/fallback.h"
#include "core/log_guest.h"
#include "core/memory/slat.h"
#include "core/virt.h"

#define ADVICE "set APIC_X2APIC_XAPIC_FALLBACK=y in menuconfig for a guest that needs xAPIC mode"

const bool fallback_serves_xapic = false;
const char apic_method_name[] = "";

static enum exit_result read_arch_capabilities(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (rdmsr_safe(msr, value))
        *value = 0; /* it exists for the guest, whatever the hardware has */
    *value |= APIC_ARCH_CAP_XAPIC_DISABLE;
    return EXIT_SKIP_INSN;
}

static enum exit_result read_disable_status(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    (void)msr;
    *value = APIC_XAPIC_DISABLED;
    return EXIT_SKIP_INSN;
}

/* Locked: leaving x2APIC mode is #GP. */
static enum exit_result write_base(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if ((value & (APIC_BASE_EN | APIC_BASE_EXTD)) != (APIC_BASE_EN | APIC_BASE_EXTD)) {
        log_guest(v, "cpu %u: the guest wants to leave x2APIC mode, which is locked: #GP; " ADVICE,
                  v->index);
        return EXIT_INJECT_GP;
    }
    return apic_msr_write_base(v, msr, value);
}

const struct msr_trap apic_msr_traps[] = {
    MSR_TRAP(APIC_MSR_BASE, apic_msr_read_base, write_base),
    MSR_TRAP(MSR_ARCH_CAPABILITIES, read_arch_capabilities, msr_write_gp),
    MSR_TRAP(APIC_MSR_XAPIC_DISABLE_STATUS, read_disable_status, msr_write_gp),
    X2APIC_ROWS,
};
const unsigned apic_msr_trap_count = ARRAY_SIZE(apic_msr_traps);

unsigned fallback_pages(void)
{
    return 0;
}

/* Locked: there is no such CPU. */
void fallback_sync(struct vcpu *v)
{
    panic("cpu %u is not in x2APIC mode: IA32_APIC_BASE %lx", v->index, v->apic_base);
}

/*
 * Nothing is there; the first access is told of, then it is the page of ones like all of nowhere.
 */
void fallback_map(struct vcpu *v)
{
    pt_set_leaf(&v->slat, APIC_BASE_PA, 0, PT_NONE, PT_WB);
    virt_flush(v);
}

enum exit_result fallback_fault(struct vcpu *v, const struct vm_exit *x)
{
    struct pt_leaf leaf;

    if ((x->fault.gpa & PAGE_MASK) != APIC_BASE_PA)
        return EXIT_UNHANDLED;
    if (pt_lookup(&v->slat, APIC_BASE_PA, &leaf) == 0) {
        if (x->fault.in_event)
            return slat_fault_in_event(v, x);
        slat_sink_write(v, APIC_BASE_PA);
        return EXIT_RESUME;
    }
    log_guest(v, "cpu %u: access to the xAPIC page in x2APIC mode: nothing is there; " ADVICE,
              v->index);
    pt_set_leaf(&v->slat, APIC_BASE_PA, slat_void_pa(), PT_RX, PT_WB);
    virt_flush(v);
    return EXIT_RESUME;
}

void fallback_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    if (leaf == 7 && subleaf == 0)
        r->edx |= APIC_LEAF7_EDX_ARCH_CAP;
}
