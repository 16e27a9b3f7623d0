/* SPDX-License-Identifier: GPL-2.0-only */
/* What the SVM files share about one vCPU. Not seen outside src/core/svm. */
#ifndef CORE_SVM_SVM_VCPU_H
#define CORE_SVM_SVM_VCPU_H

#include "core/svm/vmcb.h"
#include "core/virt.h"

/* Where a guest stands with its NMIs; hardware without vNMI keeps no such state for us. */
enum svm_nmi_state {
    NMI_OPEN,       /* may be injected */
    NMI_BLOCKED,    /* in its handler: IRET is intercepted */
    NMI_IRET_AHEAD, /* the IRET at iret_rip was let go and may or may not have been executed */
    NMI_STEPPING,   /* one instruction is stepped, then an NMI that waits is injected */
};

struct virt_vcpu {
    struct vmcb vmcb;
    uint8_t msrpm[2 * PAGE_SIZE];
    uint8_t host_save[PAGE_SIZE];

    unsigned refused_entries; /* VMRUNs in a row that the CPU refused */
    enum svm_nmi_state nmi_state;
    unsigned nmi_pending;

    struct svm_step {
        bool active;
        bool over_iret; /* the instruction loads RFLAGS: what it leaves in TF is the guest's */
        bool guest_tf;
        bool hides_if; /* RFLAGS.IF is 0 for the step, and was 1 */
        uint64_t guest_debugctl;
        uint64_t guest_dr6;
        uint64_t rip; /* of the stepped instruction */
    } step;
    uint64_t iret_rip; /* the IRET that is about to unblock NMIs; valid in NMI_IRET_AHEAD */
};

#define SVM_IOPM_PAGES 3

extern bool svm_has_flush_by_asid;
extern bool svm_has_nrip_save;

static inline struct vmcb *svm_vmcb(const struct vcpu *v)
{
    return &v->virt->vmcb;
}

/*
 * Exceptions that are intercepted outside a step: CVE-2015-8104 (#AC, #DB loops), and #GP, which
 * SVM's instructions raise in user mode, because the VMCB needs EFER.SVME where the guest has none.
 */
#define SVM_EXCEPTIONS_ALWAYS (BIT32(VEC_DB) | BIT32(VEC_AC) | BIT32(VEC_GP))

/* svm_nmi.c: NMI blocking in software */
void svm_nmi_before_entry(struct vcpu *v);
void svm_nmi_iret_exit(struct vcpu *v);
void svm_nmi_sleep_exit(struct vcpu *v); /* HLT or MWAIT, which are intercepted in steps only */
/* The trap, or something else, ended a step; true if the step was svm_nmi.c's own. */
bool svm_nmi_step_over(struct vcpu *v, bool completed);

/* svm_step.c */
void svm_step_begin(struct vcpu *v, bool over_iret);
/* Did the #DB that just exited end the step (or is it a fault before the instruction)? */
bool svm_step_completed(const struct vcpu *v);

/* svm_entry.S: enters with all GPRs from `gpr`, returns with them stored back (but RAX and RSP). */
void svm_enter(uint64_t gpr[GPR_COUNT], hpa_t vmcb_pa);

/* svm_exit.c */
void svm_decode_exit(struct vcpu *v, struct vm_exit *x);

#endif
