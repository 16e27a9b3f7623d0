/* SPDX-License-Identifier: GPL-2.0-only */
/* Skipping an instruction on VMX. State: v->virt and the VMCS, its own CPU only. */
#include "core/vmx/vmx_vcpu.h"

/* BTF makes TF trap branches only, and no skipped instruction is a branch. */
static __attribute__((noinline)) void trap_after_skip(void)
{
    if (!(vmcs_read64(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF))
        vmx_add_pending_debug(DR6_BS);
}

static inline __attribute__((always_inline)) void skip(struct vcpu *v, uint64_t length)
{
    const uint64_t rflags = vmcs_read_sure(VMCS_GUEST_RFLAGS), old = v->virt->guest_rip;
    const uint32_t blocking = (uint32_t)vmcs_read_sure(VMCS_GUEST_INTERRUPTIBILITY);
    uint64_t rip = old + length;

    /* Only there code of 64 bits and other code differ. */
    if ((rip ^ old) >> 32 && virt_code_bits(v) != 64)
        rip = (uint32_t)rip;
    v->virt->guest_rip = rip;
    vmcs_write_sure(VMCS_GUEST_RIP, rip);
    if (blocking & INTERRUPTIBILITY_SHADOW)
        vmcs_write32(VMCS_GUEST_INTERRUPTIBILITY, blocking & ~INTERRUPTIBILITY_SHADOW);
    if (!(rflags & (RFLAGS_RF | RFLAGS_TF)))
        return;
    if (rflags & RFLAGS_RF) /* of an exit that is a fault */
        vmcs_write(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_RF);
    if (rflags & RFLAGS_TF)
        trap_after_skip();
}

void virt_skip_bytes(struct vcpu *v, unsigned length)
{
    skip(v, length);
}

/* Inline, for the exit loop. */
inline void virt_skip_insn(struct vcpu *v)
{
    skip(v, vmcs_read_sure(VMCS_EXIT_INSN_LENGTH));
}
