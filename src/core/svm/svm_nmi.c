/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's NMIs on SVM without vNMI. The hardware does not tell when the guest leaves its NMI
 * handler, and there is no NMI window. So IRET is intercepted while a handler runs, and an NMI that
 * waits is injected after that IRET, which is stepped.
 *
 * Physical NMIs must not be blocked meanwhile: a kick is an NMI, and the guest may never leave its
 * handler. So the guest's NMI is injected as an interrupt with the NMI's vector, which blocks no
 * NMI. QEMU's TCG may deliver such an event a second time, at its next exit from translated code
 * without an exit of the guest. There, and under KVM, which may itself be in TCG, the NMI is
 * injected as one: neither of the two blocks an NMI that Lapwing intercepts.
 *
 * At most one NMI waits behind one that is handled, as in the CPU's own latch. State: v->virt, its
 * own CPU only; nmi_event, which is the same on each CPU.
 */
#include "core/svm/svm_vcpu.h"

#include <lapwing/string.h>
#include "core/host/x86_insn.h"

#define CPUID_HYPERVISOR       0x40000000
#define CPUID_1_ECX_HYPERVISOR BIT32(31)

static uint64_t nmi_event; /* the type of the event that is an NMI */

void svm_nmi_probe(void)
{
    const struct cpuid_regs r = cpuid(CPUID_HYPERVISOR, 0);
    const bool hypervisor = cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR;
    const bool tcg = memcmp(&r.ebx, "TCGTCGTCGTCG", 12) == 0;
    const bool kvm = memcmp(&r.ebx, "KVMKVMKVM\0\0", 12) == 0;

    nmi_event = hypervisor && (tcg || kvm) ? SVM_EVENT_TYPE_NMI : SVM_EVENT_TYPE_INTR;
}

void virt_inject_nmi(struct vcpu *v)
{
    v->virt->nmi_pending = true;
}

static void inject(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    v->virt->nmi_pending = false;
    v->virt->nmi_state = NMI_BLOCKED;
    b->intercept_misc1 |= SVM_INTERCEPT_IRET;
    b->eventinj = SVM_EVENT_VALID | nmi_event | VEC_NMI;
}

/*
 * Instructions that cannot be stepped: they would see or lose TF, or would sleep with interrupts
 * held back. None of them is the stack switch that a shadow protects, so the NMI may come before
 * it.
 */
#define UNSTEPPABLE_1                                                                              \
    (SVM_INTERCEPT_PUSHF | SVM_INTERCEPT_POPF | SVM_INTERCEPT_IRET | SVM_INTERCEPT_SWINT |         \
     SVM_INTERCEPT_HLT)
#define UNSTEPPABLE_2 SVM_INTERCEPT_MWAIT

static void step(struct vcpu *v, bool over_iret)
{
    v->virt->nmi_state = NMI_STEPPING;
    svm_step_begin(v, over_iret);
    if (over_iret)
        return;
    svm_vmcb(v)->intercept_misc1 |= UNSTEPPABLE_1;
    svm_vmcb(v)->intercept_misc2 |= UNSTEPPABLE_2;
}

void svm_nmi_before_entry(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    if (!v->virt->nmi_pending || v->virt->step.active || (b->eventinj & SVM_EVENT_VALID))
        return;
    switch (v->virt->nmi_state) {
    case NMI_OPEN:
        if (b->interrupt_shadow & SVM_INTERRUPT_SHADOW)
            step(v, false); /* MOV SS: the next instruction must come first */
        else
            inject(v);
        break;
    case NMI_IRET_AHEAD:
        if (b->rip == v->virt->iret_rip)
            step(v, true);
        else
            inject(v);
        break;
    case NMI_BLOCKED:
    case NMI_STEPPING:
        break;
    }
}

void svm_nmi_iret_exit(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    if (svm_nmi_step_over(v, false))
        return;
    b->intercept_misc1 &= ~SVM_INTERCEPT_IRET;
    v->virt->nmi_state = NMI_IRET_AHEAD;
    v->virt->iret_rip = b->rip;
}

bool svm_nmi_step_over(struct vcpu *v, bool completed)
{
    if (v->virt->nmi_state != NMI_STEPPING)
        return false;
    virt_step_end(v, completed);
    svm_vmcb(v)->intercept_misc1 &= ~UNSTEPPABLE_1;
    svm_vmcb(v)->intercept_misc2 &= ~UNSTEPPABLE_2;
    /* An IRET that faulted unblocks NMIs all the same ("Nonmaskable Interrupts"). */
    v->virt->nmi_state = NMI_OPEN;
    return true;
}

void svm_nmi_sleep_exit(struct vcpu *v)
{
    /*
     * The guest sleeps and the NMI wakes it, so the NMI's handler returns behind the instruction.
     */
    if (svm_nmi_step_over(v, false))
        virt_skip_insn(v);
}
