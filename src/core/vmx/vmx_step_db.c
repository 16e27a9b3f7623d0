/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping with RFLAGS.TF: the trap after the instruction is Lapwing's. Afterwards the guest's own
 * TF, BTF and breakpoints are told apart from it, and the hardware delivers them. State:
 * v->virt->step and the VMCS, its own CPU only.
 */
#include "core/vmx/vmx_vcpu.h"

const uint32_t vmx_step_control = 0;

uint64_t vmx_step_arm(struct vcpu *v, uint64_t rflags)
{
    struct vmx_step *s = &v->virt->step;

    s->guest_tf = rflags & RFLAGS_TF;
    s->guest_debugctl = v->virt->uses_debugctl ? vmcs_read64(VMCS_GUEST_DEBUGCTL) : 0;
    if (s->guest_debugctl & DEBUGCTL_BTF)
        vmcs_write64(VMCS_GUEST_DEBUGCTL, s->guest_debugctl & ~DEBUGCTL_BTF);
    return rflags | RFLAGS_TF;
}

uint64_t vmx_step_disarm(struct vcpu *v, bool completed, uint64_t rflags)
{
    const struct vmx_step *s = &v->virt->step;
    bool trap = s->guest_tf && !(s->guest_debugctl & DEBUGCTL_BTF);
    uint64_t pending = 0;

    if (!s->guest_tf)
        rflags &= ~RFLAGS_TF;
    if (s->guest_debugctl & DEBUGCTL_BTF)
        vmcs_write64(VMCS_GUEST_DEBUGCTL, s->guest_debugctl);
    if (!completed)
        return rflags;
    if (s->hits)
        pending = enabled_breakpoints(s->hits, vmcs_read(VMCS_GUEST_DR7));
    if (pending)
        pending |= PENDING_DEBUG_ENABLED;
    if (trap)
        pending |= DR6_BS;
    vmx_add_pending_debug(pending);
    return rflags;
}

bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification)
{
    if (!v->virt->step.active || !(qualification & DB_QUAL_BS))
        return false;
    v->virt->step.hits = qualification & DB_QUAL_HITS;
    return true;
}
