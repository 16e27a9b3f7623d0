/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering an SVM guest, and saying in neutral words why it came back. */
#include "core/svm/svm_vcpu.h"

#include "core/insn/guest_mem.h"
#include "core/svm/svm_insn.h"

#define EVENT_VECTOR     GENMASK(7, 0)
#define EVENT_TYPE       GENMASK(10, 8)
#define EVENT_TYPE_SWINT (UINT64_C(4) << 8)
#define VEC_BP           3
#define REFUSALS_MAX     1000
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

/* #GP of an SVM instruction, at CPL 3 or for its operand, is #UD on a CPU without SVM. */
static bool is_svm_insn(struct vcpu *v)
{
    static const enum insn_simple insns[] = {INSN_VMRUN, INSN_VMLOAD, INSN_VMSAVE, INSN_STGI,
                                             INSN_CLGI,  INSN_SKINIT, INSN_INVLPGA};
    uint8_t bytes[INSN_MAX_LENGTH];
    size_t got = guest_fetch(v, bytes, sizeof(bytes));

    for (unsigned i = 0; i < ARRAY_SIZE(insns); i++) {
        if (insn_length_simple(bytes, got, guest_insn_mode(v), insns[i]) > 0)
            return true;
    }
    return false;
}

static void decode_exception(struct vcpu *v, struct vm_exit *x)
{
    const struct vmcb *b = svm_vmcb(v);
    uint8_t vector = (uint8_t)(b->exitcode - SVM_EXIT_EXCP_BASE);
    uint64_t during = b->exitintinfo;

    /* Intercepted in steps only. RIP has not moved: without the step they are executed again. */
    if (vector == VEC_BP || vector == VEC_OF) {
        x->kind = EXIT_SOFT_EXCEPTION;
        return;
    }
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
    if (vector == VEC_GP && b->exitinfo1 == 0 && is_svm_insn(v)) {
        x->kind = EXIT_UNDEFINED;
        return;
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

static bool is_refusal(const struct vmcb *b)
{
    return b->exitcode == SVM_EXIT_INVALID || b->exitcode == SVM_EXIT_INVALID_32;
}

/*
 * VMRUN refused the guest's state; or TCG, which reports a MOV to CR3 or CR4 with reserved bits
 * this way, and goes on well after the #GP that the guest should have had. Which of the two cannot
 * be told from one exit; a state that is refused over and over is one that no instruction can
 * leave.
 */
static void decode_invalid(struct vcpu *v, struct vm_exit *x)
{
    if (v->virt->refused_entries > REFUSALS_MAX) {
        x->kind = EXIT_TRIPLE_FAULT;
        return;
    }
    x->kind = EXIT_EXCEPTION;
    x->excp.event = (struct vm_event){.vector = VEC_GP, .has_error = true};
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
        /* Still pending, too: VM_CR.R_INIT makes it #SX, whose handler tells the SMP core. */
        stgi();
        clgi();
        x->kind = EXIT_NONE;
        return;
    case SVM_EXIT_IRET:
        x->kind = EXIT_IRET;
        return;
    case SVM_EXIT_PUSHF:
    case SVM_EXIT_POPF:
    case SVM_EXIT_SWINT:
        svm_nmi_step_over(v, false);
        x->kind = EXIT_NONE;
        return;
    case SVM_EXIT_HLT:
    case SVM_EXIT_MWAIT:
    case SVM_EXIT_MWAIT_ARMED:
        svm_nmi_sleep_exit(v);
        x->kind = EXIT_NONE;
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
    case SVM_EXIT_INVALID_32:
        decode_invalid(v, x);
        return;
    default:
        if (b->exitcode >= SVM_EXIT_EXCP_BASE && b->exitcode <= SVM_EXIT_EXCP_LAST)
            decode_exception(v, x);
        else
            x->kind = EXIT_UNKNOWN;
    }
}

enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    if (x->kind == EXIT_IRET)
        svm_nmi_iret_exit(v);
    else
        svm_nmi_step_over(v, false);
    return EXIT_RESUME;
}

/*
 * GIF is 0 from the exit to here: a kick that comes after the caller's last look at the mailbox
 * stays pending and makes VMRUN exit at once.
 */
void virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);
    uint64_t rip;

    svm_nmi_before_entry(v);
    rip = b->rip;
    b->rax = v->gpr[GPR_RAX];
    b->rsp = v->gpr[GPR_RSP];
    svm_enter(v->gpr, (hpa_t)b);
    v->gpr[GPR_RAX] = b->rax;
    v->gpr[GPR_RSP] = b->rsp;
    b->tlb_control = SVM_TLB_KEEP;
    b->eventinj = 0;
    v->virt->refused_entries = is_refusal(b) && b->rip == rip ? v->virt->refused_entries + 1 : 0;
    svm_decode_exit(v, x);
}
