/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory types for EPT entries, from a copy of the MTRRs. The copy is made when it is first needed,
 * and again after the guest has changed MTRRs. All CPUs' MTRRs are alike, except while a guest
 * reprograms them; then the copy is of the CPU that wrote last. State: the copy. The boot CPU makes
 * it first, and later the lock of slat.c guards its changes. A CPU that moves its window reads it
 * without the lock (docs/ownership.md).
 */
#include "core/vmx/mtrr.h"
#include "core/vmx/vmx_vcpu.h"
#include "core/host/x86_insn.h"

#define MTRR_CAP_COUNT GENMASK(7, 0)
#define MTRR_CAP_FIX   BIT(8)
#define LEAF1_EDX_MTRR BIT32(12)

static struct mtrr mtrr;
static bool is_read, has_mtrrs;

static void read_mtrrs(void)
{
    uint64_t cap;
    unsigned n = 0;

    is_read = true;
    has_mtrrs = cpuid(1, 0).edx & LEAF1_EDX_MTRR;
    if (!has_mtrrs)
        return;
    cap = rdmsr(MSR_MTRR_CAP);
    mtrr.def_type = rdmsr(MSR_MTRR_DEF_TYPE);
    mtrr.has_fixed = cap & MTRR_CAP_FIX;
    mtrr.variable_count = (unsigned)(cap & MTRR_CAP_COUNT);
    if (mtrr.variable_count > MTRR_VARIABLE_MAX)
        mtrr.variable_count = MTRR_VARIABLE_MAX;
    mtrr.phys_bits = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xFF : 36;
    for (unsigned i = 0; i < mtrr.variable_count; i++) {
        mtrr.variable[i].base = rdmsr(MSR_MTRR_PHYS_FIRST + 2 * i);
        mtrr.variable[i].mask = rdmsr(MSR_MTRR_PHYS_FIRST + 2 * i + 1);
    }
    if (!mtrr.has_fixed)
        return;
    mtrr.fixed[n++] = rdmsr(MSR_MTRR_FIX64K);
    mtrr.fixed[n++] = rdmsr(MSR_MTRR_FIX16K_80000);
    mtrr.fixed[n++] = rdmsr(MSR_MTRR_FIX16K_A0000);
    for (uint32_t msr = MSR_MTRR_FIX4K_FIRST; msr <= MSR_MTRR_FIX4K_LAST; msr++)
        mtrr.fixed[n++] = rdmsr(msr);
}

bool vmx_memtype_changed(void)
{
    read_mtrrs();
    return mtrr_enabled(&mtrr);
}

enum pt_memtype virt_memtype(hpa_t pa, uint64_t *size)
{
    if (!is_read)
        read_mtrrs();
    if (has_mtrrs)
        return mtrr_type(&mtrr, pa, size);
    *size = VIRT_MEMTYPE_ALL;
    return PT_WB; /* only the guest's PAT decides */
}
