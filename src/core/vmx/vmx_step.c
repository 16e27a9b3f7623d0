/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single step on VMX: what both ways of doing it need. Exceptions are all intercepted, so that one
 * raised by the stepped instruction ends the step before the guest sees it, and interrupts are held
 * back, so that nothing but that instruction runs.
 *
 * Interrupts are the guest's own and go past Lapwing, hence IF = 0 for the time of the step. That
 * does not go with STI blocking, and the step ends any shadow anyway. If the step begins with an
 * event that is to be delivered (its delivery is what faulted), IF is left alone: an interrupt
 * needs IF = 1, and the stack gets a copy.
 */
#include "core/vmx/vmx_vcpu.h"

void virt_step_begin(struct vcpu *v)
{
    struct vmx_step *s = &v->virt->step;
    uint64_t rflags = vmcs_read(VMCS_GUEST_RFLAGS);

    s->active = true;
    s->hits = 0;
    s->held = v->virt->event.info == 0;
    s->guest_if = rflags & RFLAGS_IF;
    s->pending = vmcs_read(VMCS_GUEST_PENDING_DEBUG);
    if (s->held) {
        vmcs_write(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_IF);
        vmcs_clear32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_SHADOW);
        vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
    }
    vmcs_write32(VMCS_EXCEPTION_BITMAP, ~0U);
    vmx_step_arm(v);
}

void virt_step_end(struct vcpu *v, bool completed)
{
    struct vmx_step *s = &v->virt->step;

    s->active = false;
    vmcs_write32(VMCS_EXCEPTION_BITMAP, VMX_EXCEPTIONS_ALWAYS);
    if (s->held) {
        if (s->guest_if)
            vmcs_write(VMCS_GUEST_RFLAGS, vmcs_read(VMCS_GUEST_RFLAGS) | RFLAGS_IF);
        vmcs_write(VMCS_GUEST_PENDING_DEBUG, vmcs_read(VMCS_GUEST_PENDING_DEBUG) | s->pending);
    }
    vmx_step_disarm(v, completed);
}
