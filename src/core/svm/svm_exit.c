/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering an SVM guest, and saying in neutral words why it came back. */
#include "core/svm/svm_vcpu.h"

#include "core/log.h"
#include "core/svm/svm_insn.h"

#define EVENT_VECTOR     GENMASK(7, 0)
#define EVENT_TYPE       GENMASK(10, 8)
#define EVENT_TYPE_INTR  (UINT64_C(0) << 8)
#define EVENT_TYPE_SWINT (UINT64_C(4) << 8)
#define VEC_BP           3
#define VEC_OF           4

/* A fault while an event was delivered: deliver the event again, unless its instruction does. */
static bool requeue_event(struct vmcb *b)
{
    uint64_t info = b->exitintinfo, vector = info & EVENT_VECTOR;

    if (!(info & SVM_EVENT_VALID))
        return false;
    if ((info & EVENT_TYPE) == EVENT_TYPE_SWINT)
        return true;
    if ((info & EVENT_TYPE) == SVM_EVENT_TYPE_EXCEPTION && (vector == VEC_BP || vector == VEC_OF))
        return true;
    b->eventinj = info;
    return true;
}

static bool in_double_fault(const struct vmcb *b)
{
    return (b->exitintinfo & SVM_EVENT_VALID) && (b->exitintinfo & EVENT_VECTOR) == VEC_DF;
}

/* "Double Fault": a contributory exception while a contributory one or #PF is delivered. */
static bool contributory(uint64_t vector)
{
    return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP) || vector == VEC_CP;
}

static void decode_exception(struct vcpu *v, struct vm_exit *x)
{
    const struct vmcb *b = svm_vmcb(v);
    uint8_t vector = (uint8_t)(b->exitcode - SVM_EXIT_EXCP_BASE);
    uint64_t during = b->exitintinfo;

    if (v->virt->step.active) {
        bool completed = vector == VEC_DB && svm_step_completed(v);
        if (svm_nmi_step_over(v, completed)) {
            if (completed) {
                x->kind = EXIT_NONE;
                return;
            }
        } else if (completed) {
            x->kind = EXIT_STEP;
            return;
        }
    }
    x->kind = EXIT_EXCEPTION;
    x->excp.event = (struct vm_event){
        .vector = vector,
        .has_error = VEC_HAS_ERROR >> vector & 1,
        .error = (uint32_t)b->exitinfo1,
    };
    x->excp.cr2 = b->exitinfo2;
    if ((during & SVM_EVENT_VALID) && (during & EVENT_TYPE) == SVM_EVENT_TYPE_EXCEPTION) {
        uint64_t first = during & EVENT_VECTOR;
        if (first == VEC_DF)
            x->kind = EXIT_TRIPLE_FAULT;
        else if ((contributory(first) && contributory(vector)) ||
                 (first == VEC_PF && (contributory(vector) || vector == VEC_PF)))
            x->excp.event = (struct vm_event){.vector = VEC_DF, .has_error = true};
    }
}

void svm_decode_exit(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);

    x->reason = b->exitcode;
    switch (b->exitcode) {
    case SVM_EXIT_NPF:
        x->kind = EXIT_PAGE_FAULT;
        x->fault.gpa = b->exitinfo2;
        x->fault.write = b->exitinfo1 & SVM_NPF_WRITE;
        x->fault.fetch = b->exitinfo1 & SVM_NPF_FETCH;
        x->fault.walk = b->exitinfo1 & SVM_NPF_WALK;
        x->fault.in_double_fault = in_double_fault(b);
        x->fault.in_event = requeue_event(b);
        return;
    case SVM_EXIT_MSR:
        x->kind = b->exitinfo1 ? EXIT_MSR_WRITE : EXIT_MSR_READ;
        x->msr = (uint32_t)v->gpr[GPR_RCX];
        return;
    case SVM_EXIT_CPUID:
        x->kind = EXIT_CPUID;
        return;
    case SVM_EXIT_NMI:
        /* The NMI is still pending: let the host's handler take it, which sees whose it is. */
        requeue_event(b);
        stgi();
        clgi();
        x->kind = EXIT_NMI;
        return;
    case SVM_EXIT_INIT:
        x->kind = EXIT_INIT;
        return;
    case SVM_EXIT_IRET:
        svm_nmi_iret_exit(v);
        x->kind = EXIT_NONE;
        v->counters[COUNTER_IRET]++;
        return;
    case SVM_EXIT_INVD:
        x->kind = EXIT_INVD;
        return;
    case SVM_EXIT_SHUTDOWN:
        x->kind = EXIT_TRIPLE_FAULT;
        return;
    case SVM_EXIT_INVLPGA:
    case SVM_EXIT_VMRUN:
    case SVM_EXIT_VMMCALL:
    case SVM_EXIT_VMLOAD:
    case SVM_EXIT_VMSAVE:
    case SVM_EXIT_STGI:
    case SVM_EXIT_CLGI:
    case SVM_EXIT_SKINIT:
        x->kind = EXIT_UNDEFINED;
        return;
    case SVM_EXIT_INVALID:
        panic("VMRUN refused the guest state (VMEXIT_INVALID)");
    default:
        if (b->exitcode >= SVM_EXIT_EXCP_BASE && b->exitcode <= SVM_EXIT_EXCP_LAST)
            decode_exception(v, x);
        else
            x->kind = EXIT_UNKNOWN;
    }
}

/*
 * GIF is 0 from the exit to here: a kick that comes after the caller's last look at the mailbox
 * stays pending and makes VMRUN exit at once.
 */
void virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);

    svm_nmi_before_entry(v);
    b->rax = v->gpr[GPR_RAX];
    b->rsp = v->gpr[GPR_RSP];
    svm_enter(v->gpr, (hpa_t)b);
    v->gpr[GPR_RAX] = b->rax;
    v->gpr[GPR_RSP] = b->rsp;
    b->tlb_control = SVM_TLB_KEEP;
    b->eventinj = 0;
    svm_decode_exit(v, x);
}
