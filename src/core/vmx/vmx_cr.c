/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control registers. The bits that VMX operation fixes are Lapwing's, and the guest reads and
 * writes shadows of them. All other bits of CR0 and CR4, and all of CR3 and CR8, are the guest's
 * without an exit. State: this CPU's VMCS.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/x86_insn.h"

/* An unrestricted guest chooses PE and PG itself. NE is left, and what future CPUs may fix. */
uint64_t vmx_cr0_fixed(void)
{
    return rdmsr(MSR_VMX_CR0_FIXED0) & ~(CR0_PE | CR0_PG);
}

/*
 * Bits of CR4 that a guest may set, if the CPU has them. The others are of VMX, SMX and of features
 * whose state Lapwing does not handle (CET, FRED, UINTR, supervisor keys), or not known.
 */
#define CR4_OPEN                                                                                   \
    (GENMASK(12, 0) | GENMASK(18, 16) |                                                            \
     GENMASK(22, 20)) /* VME to LA57; FSGSBASE, PCIDE, OSXSAVE; \
                                                           SMEP, SMAP, PKE */

uint64_t vmx_cr4_masked(void)
{
    return vmx_cr4_fixed() | ~CR4_OPEN;
}

uint64_t vmx_cr4_fixed(void)
{
    return rdmsr(MSR_VMX_CR4_FIXED0);
}

/*
 * CR0: the guest changes NE, for example. The shadow takes the new value and the instruction runs
 * again. The masked bits agree with the shadow now, so there is no exit, and the CPU does the rest,
 * faults included. CR4: what is masked reads as 0, so the guest sets a bit that is reserved on its
 * CPU.
 */
enum exit_result vmx_cr_exit(struct vcpu *v)
{
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
    unsigned gpr = (unsigned)(qual >> CR_QUAL_GPR_SHIFT) & 15;

    if ((qual & CR_QUAL_NUMBER) != 0 || (qual & CR_QUAL_TYPE) != 0)
        return EXIT_INJECT_GP;
    vmcs_write(VMCS_CR0_SHADOW, v->gpr[gpr] & vmcs_read(VMCS_CR0_MASK));
    return EXIT_RESUME;
}
