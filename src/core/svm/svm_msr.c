/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs that differ for a guest on an AMD CPU without SVM. The rows are constant; no lock. */
#include "core/cpuid.h"
#include "core/log_guest.h"
#include "core/msr.h"
#include "core/svm/svm_vcpu.h"
#include "core/host/x86_insn.h"

enum svm_msr_index {
    MSR_MCA_FIRST = 0x400, /* four registers for each bank of machine checks; the last is MISC */
    MSR_MCA_LAST = 0x47F,
    MSR_MCA_MISC1_FIRST = 0xC0000408, /* further MISC registers */
    MSR_MCA_DEFERRED = 0xC0000410,
    MSR_SMCA_FIRST = 0xC0002000, /* 16 registers for each bank */
    MSR_SMCA_LAST = 0xC0002FFF,
    MSR_HWCR = 0xC0010015,   /* speed, faults of the guest's own accesses, MONITOR */
    MSR_LS_CFG = 0xC0011020, /* the first of 16 configuration registers; one is a breakpoint's */
    MSR_DE_CFG = 0xC0011029,
    MSR_BP_CFG = 0xC001102E,
    MSR_ZEN2_CFG = 0xC00110E3,
};

/* MonMwaitDis takes a feature away. Two CPUs may share the MSR. */
static enum exit_result write_hwcr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    if (wrmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    cpuid_forget();
    return EXIT_SKIP_INSN;
}

static enum exit_result read_efer(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = svm_vmcb(v)->efer & ~EFER_SVME;
    return EXIT_SKIP_INSN;
}

/*
 * The hardware decides which bits exist: the value is tried on the host's own EFER, with the bits
 * that host code needs forced to 1. LMA follows LME and paging and cannot be written.
 */
static enum exit_result write_efer(struct vcpu *v, uint32_t msr, uint64_t value)
{
    const uint64_t forced = EFER_LME | EFER_LMA | EFER_SVME | EFER_NXE;
    struct vmcb *b = svm_vmcb(v);
    uint64_t host = rdmsr(MSR_EFER), accepted;

    if (value & EFER_SVME)
        return EXIT_INJECT_GP;
    if ((b->cr0 & CR0_PG) && ((value ^ b->efer) & EFER_LME))
        return EXIT_INJECT_GP;
    if (wrmsr_safe(msr, value | forced))
        return EXIT_INJECT_GP;
    accepted = rdmsr(msr);
    wrmsr(msr, host);
    if (value & ~accepted & ~forced) /* an emulator may drop reserved bits silently */
        return EXIT_INJECT_GP;
    b->efer =
        (accepted & ~forced) | (value & (EFER_LME | EFER_NXE)) | (b->efer & EFER_LMA) | EFER_SVME;
    return EXIT_SKIP_INSN;
}

/* VM_CR reads as locked with SVM disabled. A write to a locked register changes nothing. */
static enum exit_result read_vm_cr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    (void)msr;
    *value = VM_CR_LOCK | VM_CR_SVMDIS;
    return EXIT_SKIP_INSN;
}

/*
 * The firmware has decided where memory is and what encrypts it. A change would remove Lapwing's
 * own memory, on this CPU or on all. Kernels write some of these MSRs, and go on when nothing
 * happens. (AMD APM Vol. 2, "Memory-Typing MSRs"; BKDG, "MMIO Configuration Base")
 */
static enum exit_result write_memory_layout(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t old;

    if (rdmsr_safe(msr, &old))
        return EXIT_INJECT_GP;
    if (value != old)
        log_guest(v, "cpu %u: the guest's %lx to MSR %x is ignored, it stays %lx", v->index, value,
                  msr, old);
    return EXIT_SKIP_INSN;
}

/* Branch records and branch steps; the rest names pins, or raises a #DB of a kind of its own. */
static enum exit_result write_debugctl(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if ((value & ~(DEBUGCTL_LBR | DEBUGCTL_BTF)) || wrmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    v->virt->set_btf = value & DEBUGCTL_BTF;
    return EXIT_SKIP_INSN;
}

#define MCA_INTERRUPT UINT64_C(3) /* a field: 0 none, 1 by an LVT entry, 2 SMI */
#define MCA_SMI       UINT64_C(2)

/*
 * Returns where `msr` says how an error is told, or 0. It is what Linux knows of the banks' MISC
 * registers, of SMCA's CONFIG and MISC registers and of the deferred errors' own register.
 */
static unsigned mca_interrupt_shift(uint32_t msr)
{
    enum { MISC_SHIFT = 49, CONFIG_SHIFT = 37, DEFERRED_SHIFT = 1 };

    if (msr == MSR_MCA_DEFERRED)
        return DEFERRED_SHIFT;
    if (msr >= MSR_SMCA_FIRST && (msr & 0xF) == 4)
        return CONFIG_SHIFT;
    if (msr >= MSR_SMCA_FIRST)
        return (msr & 0xF) == 3 || (msr & 0xF) >= 0xA ? MISC_SHIFT : 0;
    return msr >= MSR_MCA_MISC1_FIRST || (msr & 3) == 3 ? MISC_SHIFT : 0;
}

/* No machine check raises an SMI, which would run the guest's code if the firmware has no handler. */
static enum exit_result write_mca(struct vcpu *v, uint32_t msr, uint64_t value)
{
    const unsigned shift = mca_interrupt_shift(msr);

    (void)v;
    if (shift && (value >> shift & MCA_INTERRUPT) == MCA_SMI)
        value &= ~(MCA_INTERRUPT << shift);
    return wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

/* Bits of a configuration register by which kernels mend their own CPU. */
static uint64_t mending_bits(uint32_t msr)
{
    switch (msr) {
    case MSR_LS_CFG:
        return BIT(10) | BIT(33) | BIT(54); /* no speculative store bypass, by family */
    case MSR_DE_CFG:
        return BIT(1) | BIT(9); /* LFENCE serialises; Zenbleed */
    case MSR_BP_CFG:
        return BIT(4) | BIT(5); /* branch predictor */
    case MSR_ZEN2_CFG:
        return BIT(1); /* the same */
    default:
        return 0;
    }
}

/* The other bits switch parts of the CPU off or on that Lapwing may need: they stay. */
static enum exit_result write_config(struct vcpu *v, uint32_t msr, uint64_t value)
{
    const uint64_t mending = mending_bits(msr);
    uint64_t old;

    (void)v;
    if (rdmsr_safe(msr, &old))
        return EXIT_INJECT_GP;
    value = (old & ~mending) | (value & mending);
    return value != old && wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

const struct msr_trap virt_msr_traps[] = {
    MSR_TRAP(MSR_EFER, read_efer, write_efer),
    MSR_TRAP(MSR_DEBUGCTL, NULL, write_debugctl),
    {.first = MSR_HWCR, .last = MSR_HWCR, .write = write_hwcr, .open_at_first = MSR_OPEN_READ},
    {.first = MSR_MCA_FIRST, .last = MSR_MCA_LAST, .write = write_mca},
    {.first = MSR_MCA_MISC1_FIRST, .last = MSR_MCA_DEFERRED, .write = write_mca},
    {.first = MSR_SMCA_FIRST, .last = MSR_SMCA_LAST, .write = write_mca},
    MSR_TRAP(MSR_SYSCFG, NULL, write_memory_layout),
    {.first = MSR_IORR_FIRST, .last = MSR_IORR_LAST, .write = write_memory_layout},
    MSR_TRAP(MSR_TOP_MEM, NULL, write_memory_layout),
    MSR_TRAP(MSR_TOP_MEM2, NULL, write_memory_layout),
    MSR_TRAP(MSR_MMIO_CONFIG, NULL, write_memory_layout),
    MSR_TRAP(MSR_PATCH_LOADER, msr_read_gp, msr_write_ignore),
    /* These read as if the firmware had locked them, because code in SMM reaches all of memory. */
    {.first = MSR_SMM_FIRST, .last = MSR_SMM_LAST, .write = msr_write_gp},
    MSR_TRAP(MSR_SMM_CTL, NULL, msr_write_gp),
    MSR_TRAP(MSR_VM_CR, read_vm_cr, msr_write_ignore),
    {.first = MSR_LS_CFG, .last = MSR_LS_CFG + 6, .write = write_config},
    {.first = MSR_LS_CFG + 8, .last = MSR_LS_CFG + 15, .write = write_config},
    MSR_TRAP(MSR_ZEN2_CFG, NULL, write_config),
};
const unsigned virt_msr_trap_count = ARRAY_SIZE(virt_msr_traps);
