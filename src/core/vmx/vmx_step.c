/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single step on VMX: the part that both methods share. All exceptions are intercepted, so that an
 * exception of the stepped instruction ends the step before the guest sees it. Interrupts are held
 * back, so that nothing but the instruction runs. State: v->virt->step and the VMCS, its own CPU
 * only.
 *
 * Interrupts may be the guest's own and not exit, so IF is 0 during the step. The CPU refuses STI
 * blocking with IF = 0, and the step ends any shadow anyway. If the step begins with an event to
 * deliver (its delivery faulted), IF stays: an interrupt needs IF = 1, and its frame gets a copy of
 * IF.
 */
#include "core/vmx/vmx_vcpu.h"

/* An instruction that exits has pending debug exceptions only in a shadow, of MOV SS. */
static void end_shadow(struct vmx_step *s)
{
    vmcs_clear32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_SHADOW);
    s->pending = vmcs_read(VMCS_GUEST_PENDING_DEBUG);
    if (s->pending)
        vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
}

void virt_step_begin(struct vcpu *v)
{
    struct vmx_step *s = &v->virt->step;
    uint64_t rflags = vmcs_read(VMCS_GUEST_RFLAGS);

    s->active = true;
    s->hits = 0;
    s->held = v->virt->event.info == 0;
    s->guest_if = rflags & RFLAGS_IF;
    s->pending = 0;
    if (s->held) {
        rflags &= ~RFLAGS_IF;
        if (vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY) & INTERRUPTIBILITY_SHADOW)
            end_shadow(s);
    }
    vmcs_write32(VMCS_EXCEPTION_BITMAP, ~0U);
    vmcs_write(VMCS_GUEST_RFLAGS, vmx_step_arm(v, rflags));
}

void virt_step_end(struct vcpu *v, bool completed)
{
    struct vmx_step *s = &v->virt->step;
    uint64_t rflags;

    s->active = false;
    vmcs_write32(VMCS_EXCEPTION_BITMAP, VMX_EXCEPTIONS_ALWAYS);
    if (s->held)
        vmx_add_pending_debug(s->pending);
    rflags = vmx_step_disarm(v, completed, vmcs_read(VMCS_GUEST_RFLAGS));
    vmcs_write(VMCS_GUEST_RFLAGS, s->held && s->guest_if ? rflags | RFLAGS_IF : rflags);
    if (v->virt->nmi_pending != 0) /* it has waited for the step's end */
        vcpu_attend(v);
}
