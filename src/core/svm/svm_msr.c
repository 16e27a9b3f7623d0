/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs that differ for a guest on an AMD CPU without SVM. The rows are constant; no lock. */
#include "core/log_guest.h"
#include "core/msr.h"
#include "core/svm/svm_vcpu.h"
#include "core/host/x86_insn.h"

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

const struct msr_trap virt_msr_traps[] = {
    MSR_TRAP(MSR_EFER, read_efer, write_efer),
    MSR_TRAP(MSR_FEATURE_CONTROL, msr_read_gp, msr_write_gp), /* Intel's; TCG has it */
    MSR_TRAP(MSR_TSC_RATIO, msr_read_gp, msr_write_gp),       /* part of SVM */
    MSR_TRAP(MSR_SYSCFG, NULL, write_memory_layout),
    {.first = MSR_IORR_FIRST, .last = MSR_IORR_LAST, .write = write_memory_layout},
    MSR_TRAP(MSR_TOP_MEM, NULL, write_memory_layout),
    MSR_TRAP(MSR_TOP_MEM2, NULL, write_memory_layout),
    MSR_TRAP(MSR_MMIO_CONFIG, NULL, write_memory_layout),
    MSR_TRAP(MSR_PATCH_LOADER, NULL, msr_write_ignore),
    /* These read as if the firmware had locked them, because code in SMM reaches all of memory. */
    {.first = MSR_SMM_FIRST, .last = MSR_SMM_LAST, .write = msr_write_gp},
    MSR_TRAP(MSR_SMM_CTL, NULL, msr_write_gp),
    MSR_TRAP(MSR_VM_CR, read_vm_cr, msr_write_ignore),
    MSR_TRAP(MSR_VM_HSAVE_PA, msr_read_gp, msr_write_gp),
    MSR_TRAP(MSR_SVM_KEY, msr_read_gp, msr_write_gp),
    MSR_TRAP(MSR_AVIC_DOORBELL, msr_read_gp, msr_write_gp),
    {.first = MSR_SEV_FIRST, .last = MSR_SEV_LAST, .read = msr_read_gp, .write = msr_write_gp},
};
const unsigned virt_msr_trap_count = ARRAY_SIZE(virt_msr_traps);
