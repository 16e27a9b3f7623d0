/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Single step on SVM: RFLAGS.TF with all exceptions intercepted. V_INTR_MASKING holds interrupts
 * back (the host's IF is 0), so that exactly one guest instruction runs. Afterwards the guest's own
 * TF, BTF and breakpoints are told apart from the step's trap. State: v->virt->step and the VMCB,
 * its own CPU only.
 *
 * Bochs 3.0 obeys V_INTR_MASKING only while the guest's IF is 0. While a page is open nothing else
 * may run, so IF is 0 too: an instruction that writes to memory neither reads nor changes IF.
 */
#include "core/msr.h"
#include "core/svm/svm_vcpu.h"
#include "core/host/x86_insn.h"

#define DR6_HITS GENMASK(3, 0)

void svm_step_begin(struct vcpu *v, bool over_iret)
{
    struct vmcb *b = svm_vmcb(v);
    struct svm_step *s = &v->virt->step;

    s->active = true;
    s->over_iret = over_iret;
    s->rip = b->rip;
    s->guest_tf = b->rflags & RFLAGS_TF;
    s->hides_if = false;
    s->guest_dr6 = b->dr6;
    if (!v->virt->set_btf || rdmsr_safe(MSR_DEBUGCTL, &s->guest_debugctl))
        s->guest_debugctl = 0; /* no BTF: nothing else of it matters */
    if (s->guest_debugctl & DEBUGCTL_BTF)
        wrmsr(MSR_DEBUGCTL, s->guest_debugctl & ~DEBUGCTL_BTF);
    b->rflags |= RFLAGS_TF;
    b->dr6 &= ~(DR6_HITS | DR6_BS);
    b->interrupt_shadow = 0; /* nothing can interrupt the step, and the step ends the shadow */
    b->intercept_exceptions = ~0U;
    b->v_intr = SVM_V_INTR_MASKING;
    /* V_INTR_MASKING gives the guest another CR8: whoever touches it ends the step. */
    b->intercept_cr_read |= SVM_INTERCEPT_CR8;
    b->intercept_cr_write |= SVM_INTERCEPT_CR8;
}

bool svm_step_completed(const struct vcpu *v)
{
    const struct vmcb *b = svm_vmcb(v);

    return (b->dr6 & DR6_BS) || b->rip != v->virt->step.rip;
}

void virt_step_end(struct vcpu *v, bool completed)
{
    struct vmcb *b = svm_vmcb(v);
    struct svm_step *s = &v->virt->step;
    /*
     * If the step is not completed, the hits are of a breakpoint fault, which the caller delivers.
     */
    uint64_t hits = b->dr6 & DR6_HITS;
    bool trap = completed && s->guest_tf && !(s->guest_debugctl & DEBUGCTL_BTF);

    if (completed)
        hits = enabled_breakpoints(hits, b->dr7);
    s->active = false;
    b->intercept_exceptions = SVM_EXCEPTIONS_ALWAYS;
    /* The whole field is cleared: KVM leaves V_IRQ with vector 0 in it, which would come as #DE. */
    b->v_intr = 0;
    b->intercept_cr_read = b->intercept_cr_write = 0;
    if (s->guest_debugctl & DEBUGCTL_BTF)
        wrmsr(MSR_DEBUGCTL, s->guest_debugctl);
    if (s->hides_if)
        b->rflags |= RFLAGS_IF;
    if (!s->guest_tf && !(completed && s->over_iret))
        b->rflags &= ~RFLAGS_TF;
    /* Without a #DB for the guest its DR6 is restored, because DR6's bits are sticky. */
    if (hits || trap)
        b->dr6 = (s->guest_dr6 & ~DR6_HITS) | (b->dr6 & DR6_HITS) | (trap ? DR6_BS : 0);
    else
        b->dr6 = s->guest_dr6;
    if (completed && (hits || trap))
        virt_inject(v, &(struct vm_event){.vector = VEC_DB});
}
