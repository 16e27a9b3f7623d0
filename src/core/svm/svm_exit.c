/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering an SVM guest, and the exits that only SVM can handle. State: v->virt, its own CPU only.
 */
#include "core/svm/svm_vcpu.h"

#include "core/guest_mem.h"
#include "core/svm/svm_insn.h"

/* An SVM instruction that raises #GP (at CPL 3, or for its operand) is #UD on a CPU without SVM. */
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

static bool is_refusal(const struct vmcb *b)
{
    return (uint32_t)b->exitcode == SVM_EXIT_INVALID_32; /* the low half of SVM_EXIT_INVALID */
}

enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    switch (x->kind) {
    case EXIT_IRET:
        svm_nmi_iret_exit(v);
        return EXIT_RESUME;
    case EXIT_RAW_EXCEPTION: /* #GP */
        if (is_svm_insn(v))
            return EXIT_INJECT_UD;
        virt_inject(v, &x->excp.event);
        return EXIT_RESUME;
    default:
        svm_nmi_step_over(v, false);
        return EXIT_RESUME;
    }
}

/*
 * An NMI or INIT that caused the exit is still pending, and the host's handlers take it. Of an NMI
 * they find out whose it is. An INIT comes as #SX, by VM_CR.R_INIT.
 */
static void take_pending(const struct vmcb *b)
{
    if (b->exitcode != SVM_EXIT_NMI && b->exitcode != SVM_EXIT_INIT)
        return;
    stgi();
    clgi();
}

/* Counts the refusals, one after the other, at one instruction. */
static void count_refusals(struct virt_vcpu *vv)
{
    const struct vmcb *b = &vv->vmcb;

    if (!is_refusal(b) || b->rip != vv->refused_rip)
        vv->refused_entries = 0;
    if (is_refusal(b)) {
        vv->refused_entries++;
        vv->refused_rip = b->rip;
    }
}

static __attribute__((noinline)) void decode(struct vcpu *v, struct vm_exit *x)
{
    count_refusals(v->virt);
    svm_decode_exit(v, x);
    take_pending(svm_vmcb(v));
}

/*
 * GIF is 0 from the last exit to VMRUN. So a kick that comes after the stub's look stays pending, and
 * makes VMRUN exit at once.
 */
bool virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct vmcb *b = svm_vmcb(v);

    if (v->virt->nmi_pending)
        svm_nmi_before_entry(v);
    b->rax = v->gpr[GPR_RAX];
    if (!svm_enter(v, (hpa_t)b))
        return false;
    b = svm_vmcb(v); /* loaded again, because the stub keeps no register that could hold it */
    v->gpr[GPR_RAX] = b->rax;
    b->tlb_control = SVM_TLB_KEEP;
    b->eventinj = 0;
    if (svm_decode_reason(v, x) || svm_decode_frequent(v, x))
        v->virt->refused_entries = 0;
    else
        decode(v, x);
    return true;
}
