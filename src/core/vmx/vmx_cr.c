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
 * Bits of CR4 that a guest may set, if the CPU has them: VME to LA57, FSGSBASE, PCIDE, OSXSAVE, SMEP,
 * SMAP, PKE. The others are of VMX, SMX and of features whose state Lapwing does not handle (CET,
 * FRED, UINTR, supervisor keys), or not known.
 */
#define CR4_OPEN (GENMASK(12, 0) | GENMASK(18, 16) | GENMASK(22, 20))

uint64_t vmx_cr4_masked(void)
{
    return vmx_cr4_fixed() | ~CR4_OPEN;
}

uint64_t vmx_cr4_fixed(void)
{
    return rdmsr(MSR_VMX_CR4_FIXED0);
}

/*
 * Does MOV to CR0 raise #GP? (Intel SDM Vol. 2B, "MOV - Move to/from Control Registers") What the
 * page-directory-pointer entries of PAE paging add is left out.
 */
static bool cr0_faults(const struct vcpu *v, uint64_t value)
{
    const uint64_t old = vmcs_read(VMCS_GUEST_CR0), cr4 = vmcs_read(VMCS_GUEST_CR4);
    const uint64_t efer = virt_read_reg(v, VREG_EFER);
    const bool code64 = vmcs_read32(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG;

    if ((value & CR0_NW) && !(value & CR0_CD))
        return true;
    if (value & ~old & CR0_PG)
        return !(value & CR0_PE) || ((efer & EFER_LME) && (!(cr4 & CR4_PAE) || code64));
    if (value & CR0_PG)
        return !(value & CR0_PE);
    return (old & CR0_PG) && (((efer & EFER_LMA) && code64) || (cr4 & CR4_PCIDE));
}

/* Only 64-bit code has the upper half of a register. */
static uint64_t operand(const struct vcpu *v, unsigned gpr)
{
    const uint64_t value = gpr == GPR_RSP ? vmcs_read(VMCS_GUEST_RSP) : v->gpr[gpr];

    return virt_code_bits(v) == 64 ? value : (uint32_t)value;
}

/*
 * CR0: the guest changes NE, for example. The shadow takes the new value and the instruction runs
 * again. The masked bits agree with the shadow now, so there is no exit, and the CPU does the rest.
 * An instruction that will fault changes nothing. CR4: what is masked reads as 0, so the guest sets
 * a bit that is reserved on its CPU.
 */
enum exit_result vmx_cr_exit(struct vcpu *v)
{
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
    uint64_t value = operand(v, (unsigned)(qual >> CR_QUAL_GPR_SHIFT) & 15);

    if ((qual & CR_QUAL_NUMBER) != 0 || (qual & CR_QUAL_TYPE) != 0)
        return EXIT_INJECT_GP;
    if (value >> 32 || cr0_faults(v, value))
        return EXIT_INJECT_GP;
    vmcs_write(VMCS_CR0_SHADOW, value & v->virt->cr0_mask);
    return EXIT_RESUME;
}
