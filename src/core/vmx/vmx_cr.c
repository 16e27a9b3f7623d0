/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control registers: the bits that VMX operation fixes are Lapwing's; the guest reads and writes
 * shadows of them. Everything else in CR0 and CR4, and all of CR3 and CR8, is the guest's without
 * an exit.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/x86_insn.h"

/* Unrestricted guests choose PE and PG themselves. What is left is NE, and whatever may come. */
uint64_t vmx_cr0_fixed(void)
{
    return rdmsr(MSR_VMX_CR0_FIXED0) & ~(CR0_PE | CR0_PG);
}

uint64_t vmx_cr4_fixed(void)
{
    return rdmsr(MSR_VMX_CR4_FIXED0);
}

/*
 * CR0: the guest changes NE, say. Its shadow takes the new value and the instruction runs again:
 * now the masked bits agree with the shadow, there is no exit, and the CPU does all the rest,
 * faults included. CR4: only VMXE and SMXE are masked and read 0, so the guest sets a bit that is
 * reserved on a CPU without VMX and SMX.
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
