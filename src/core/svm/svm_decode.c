/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says in neutral words why an SVM guest exited. Reads the VMCB and changes only the vendor's
 * record of the guest's events and step. State: v->virt, its own CPU only.
 */
#include "core/svm/svm_vcpu.h"

#define VEC_BP       3
#define VEC_OF       4
#define REFUSALS_MAX 1000

/* An event whose delivery faulted is delivered again, unless its instruction does that. */
static __attribute__((noinline)) bool requeue_event(struct vmcb *b)
{
    uint64_t info = b->exitintinfo, vector = info & SVM_EVENT_VECTOR;

    if ((info & SVM_EVENT_TYPE) == SVM_EVENT_TYPE_SWINT)
        return true;
    if ((info & SVM_EVENT_TYPE) == SVM_EVENT_TYPE_EXCEPTION &&
        (vector == VEC_BP || vector == VEC_OF))
        return true;
    b->eventinj = info;
    return true;
}

static bool in_double_fault(const struct vmcb *b)
{
    return (b->exitintinfo & SVM_EVENT_VALID) && (b->exitintinfo & SVM_EVENT_VECTOR) == VEC_DF;
}

static void decode_exception(struct vcpu *v, struct vm_exit *x)
{
    const struct vmcb *b = svm_vmcb(v);
    uint8_t vector = (uint8_t)(b->exitcode - SVM_EXIT_EXCP_BASE);
    uint64_t during = b->exitintinfo;

    /* Intercepted during a step only. RIP is still at the instruction, which then runs again. */
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
    /* A #GP(0) that was not raised by an event's delivery may come from an instruction of SVM's. */
    x->kind = vector == VEC_GP && b->exitinfo1 == 0 && !(during & SVM_EVENT_VALID)
                  ? EXIT_RAW_EXCEPTION
                  : EXIT_EXCEPTION;
    x->info = vector;
    x->excp.event = (struct vm_event){
        .vector = vector,
        .has_error = VEC_HAS_ERROR >> vector & 1,
        .error = (uint32_t)b->exitinfo1,
    };
    x->excp.cr2 = b->exitinfo2;
    if ((during & SVM_EVENT_VALID) && (during & SVM_EVENT_TYPE) == SVM_EVENT_TYPE_EXCEPTION)
        vm_exit_merge_exceptions(x, (uint8_t)(during & SVM_EVENT_VECTOR));
}

/*
 * Either VMRUN refused the guest's state, or it is TCG, which reports a MOV to CR3 or CR4 with
 * reserved bits this way. TCG goes on well after the #GP that the guest should have had. One exit
 * does not tell which of the two it is. A state that is refused again and again cannot be left by
 * any instruction.
 */
static void decode_invalid(struct vcpu *v, struct vm_exit *x)
{
    if (v->virt->refused_entries > REFUSALS_MAX) {
        x->kind = EXIT_TRIPLE_FAULT;
        return;
    }
    x->kind = EXIT_EXCEPTION;
    x->info = VEC_GP;
    x->excp.event = (struct vm_event){.vector = VEC_GP, .has_error = true};
}

static void decode_io(const struct vcpu *v, struct vm_exit *x)
{
    const uint64_t info = svm_vmcb(v)->exitinfo1;

    x->kind = EXIT_IO;
    x->info = (uint16_t)(info >> SVM_IOIO_PORT_SHIFT);
    x->io.width = (uint8_t)((info & SVM_IOIO_WIDTH) >> SVM_IOIO_WIDTH_SHIFT);
    x->io.in = info & SVM_IOIO_IN;
    x->io.string = info & SVM_IOIO_STRING;
    x->io.rep = info & SVM_IOIO_REP;
    x->io.value = (uint32_t)v->gpr[GPR_RAX];
}

static void decode_npf(struct vmcb *b, struct vm_exit *x)
{
    x->kind = EXIT_PAGE_FAULT;
    x->info = b->exitinfo2;
    x->fault.write = b->exitinfo1 & SVM_NPF_WRITE;
    x->fault.fetch = b->exitinfo1 & SVM_NPF_FETCH;
    x->fault.walk = b->exitinfo1 & SVM_NPF_WALK;
    x->fault.in_double_fault = in_double_fault(b);
    x->fault.in_event = (b->exitintinfo & SVM_EVENT_VALID) && requeue_event(b);
}

bool svm_decode_reason(struct vcpu *v, struct vm_exit *x)
{
    const struct vmcb *b = svm_vmcb(v);

    x->reason = (uint32_t)b->exitcode;
    x->info = (uint32_t)v->gpr[GPR_RCX];
    if (b->exitcode == SVM_EXIT_MSR)
        x->kind = b->exitinfo1 ? EXIT_MSR_WRITE : EXIT_MSR_READ;
    else if (b->exitcode == SVM_EXIT_CPUID)
        x->kind = EXIT_CPUID;
    else
        return false;
    return true;
}

bool svm_decode_frequent(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);

    if (b->exitcode == SVM_EXIT_NPF) {
        v->gpr[GPR_RSP] = b->rsp;
        decode_npf(b, x);
    } else if (b->exitcode == SVM_EXIT_IOIO) {
        decode_io(v, x);
    } else {
        return false;
    }
    return true;
}

void svm_decode_exit(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);

    x->info = 0;
    switch (b->exitcode) {
    case SVM_EXIT_NMI:
        if (b->exitintinfo & SVM_EVENT_VALID)
            requeue_event(b);
        x->kind = EXIT_NMI;
        return;
    case SVM_EXIT_INIT:
        x->kind = EXIT_NONE;
        return;
    case SVM_EXIT_IRET:
        x->kind = EXIT_IRET;
        return;
    case SVM_EXIT_READ_CR8:
    case SVM_EXIT_WRITE_CR8:
        x->kind = EXIT_CR_ACCESS; /* ends a step */
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
