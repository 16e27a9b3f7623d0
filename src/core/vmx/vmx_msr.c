/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs that differ for a guest on an Intel CPU without VMX. The rows are constant; no lock. */
#include "core/msr.h"

#include "core/vmx/mtrr.h"
#include "core/slat.h"
#include "core/vmx/vmx_vcpu.h"
#include "core/host/x86_insn.h"

/* The register reads as locked, with VMX, SMX and SGX off. A write faults, as on locked hardware. */
static enum exit_result read_feature_control(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (rdmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    *value = (*value & FEATURE_CONTROL_LMCE) | FEATURE_CONTROL_LOCK;
    return EXIT_SKIP_INSN;
}

/*
 * EPT entries carry the memory types, so a change of the MTRRs is carried over to the entries once
 * the MTRRs are enabled again. While they are disabled the guest runs with its caches off and
 * changes one MTRR after the other.
 */
static enum exit_result write_mtrr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t old;

    if (rdmsr_safe(msr, &old) || wrmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    if (rdmsr(msr) != old)
        slat_refresh_memtypes(v, vmx_memtype_changed);
    return EXIT_SKIP_INSN;
}

/*
 * No branch traces, which go to memory, and no #DB of a kind of its own. The hardware tells which
 * of the other bits exist: an entry would fail over one that does not.
 */
static enum exit_result write_debugctl(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if ((value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF | DEBUGCTL_FREEZE)) || wrmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    wrmsr(msr, 0); /* as after an exit */
    vmcs_write64(VMCS_GUEST_DEBUGCTL, value);
    v->virt->uses_debugctl = value != 0;
    return EXIT_SKIP_INSN;
}

/* Neither branch records nor precise event records. */
static enum exit_result read_perf_capabilities(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (rdmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    *value &= PERF_CAP_FREEZE | PERF_CAP_FULL_WIDTH | PERF_CAP_METRICS;
    return EXIT_SKIP_INSN;
}

const struct msr_trap virt_msr_traps[] = {
    MSR_TRAP(MSR_FEATURE_CONTROL, read_feature_control, msr_write_gp),
    MSR_TRAP(MSR_DEBUGCTL, NULL, write_debugctl),
    MSR_TRAP(MSR_PERF_CAPABILITIES, read_perf_capabilities, NULL),
    {.first = MSR_MTRR_PHYS_FIRST,
     .last = MSR_MTRR_PHYS_FIRST + 2 * MTRR_VARIABLE_MAX - 1,
     .write = write_mtrr},
    MSR_TRAP(MSR_MTRR_FIX64K, NULL, write_mtrr),
    MSR_TRAP(MSR_MTRR_FIX16K_80000, NULL, write_mtrr),
    MSR_TRAP(MSR_MTRR_FIX16K_A0000, NULL, write_mtrr),
    {.first = MSR_MTRR_FIX4K_FIRST, .last = MSR_MTRR_FIX4K_LAST, .write = write_mtrr},
    MSR_TRAP(MSR_MTRR_DEF_TYPE, NULL, write_mtrr),
};
const unsigned virt_msr_trap_count = ARRAY_SIZE(virt_msr_traps);
