/* SPDX-License-Identifier: GPL-2.0-only */
/* The beginning of a step that core asked for, which may find one open that NMIs needed. */
#include "core/svm/svm_vcpu.h"

void virt_step_begin(struct vcpu *v)
{
    if (v->virt->step.active) /* an NMI's step, which can begin again later */
        svm_nmi_step_over(v, false);
    svm_step_begin(v, false);
    v->virt->step.hides_if = svm_vmcb(v)->rflags & RFLAGS_IF;
    svm_vmcb(v)->rflags &= ~RFLAGS_IF;
    svm_vmcb(v)->rflags |= RFLAGS_RF; /* a breakpoint at the instruction has had its turn */
}
