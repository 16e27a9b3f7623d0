/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the SVM files share about one vCPU. Each function runs on the vCPU's own CPU. Once that runs
 * only it touches struct virt_vcpu.
 */
#ifndef CORE_SVM_SVM_VCPU_H
#define CORE_SVM_SVM_VCPU_H

#include "core/svm/msrpm.h"
#include "core/svm/vmcb.h"
#include "core/virt.h"

/* The state of the guest's NMIs, which hardware without vNMI does not keep. */
enum svm_nmi_state {
    NMI_OPEN,       /* an NMI may be injected */
    NMI_BLOCKED,    /* the guest is in its handler, and IRET is intercepted */
    NMI_IRET_AHEAD, /* the IRET at iret_rip was let go, and may or may not have been executed */
    NMI_STEPPING,   /* one instruction is stepped, then an NMI that waits is injected */
};

struct virt_vcpu {
    struct vmcb vmcb;
    struct msrpm msrpm;
    uint8_t host_save[PAGE_SIZE];

    bool set_btf;             /* the guest has set DEBUGCTL.BTF, which a #DB clears */
    unsigned refused_entries; /* VMRUNs that the CPU refused in a row, */
    uint64_t refused_rip;     /* there */
    enum svm_nmi_state nmi_state;
    bool nmi_pending; /* one waits to be injected */

    struct svm_step {
        bool active;
        bool over_iret; /* the instruction loads RFLAGS: the TF that it leaves is the guest's */
        bool guest_tf;
        bool hides_if; /* RFLAGS.IF is 0 for the step, and was 1 before */
        uint64_t guest_debugctl;
        uint64_t guest_dr6;
        uint64_t rip; /* the stepped instruction's */
    } step;
    uint64_t iret_rip; /* the IRET that will unblock NMIs; valid in NMI_IRET_AHEAD */
};

#define SVM_IOPM_PAGES 3

extern bool svm_has_flush_by_asid;

static inline struct vmcb *svm_vmcb(const struct vcpu *v)
{
    return &v->virt->vmcb;
}

/*
 * Exceptions that are always intercepted: endless #AC (CVE-2015-5307) and #DB (CVE-2015-8104)
 * loops, and #GP. SVM's instructions raise #GP in user mode, because the VMCB needs EFER.SVME,
 * which the guest does not have.
 */
#define SVM_EXCEPTIONS_ALWAYS (BIT32(VEC_DB) | BIT32(VEC_AC) | BIT32(VEC_GP))

/* svm_nmi.c: NMI blocking in software. svm_nmi_probe() runs before the first guest does. */
void svm_nmi_probe(void);
__attribute__((noinline)) void svm_nmi_before_entry(struct vcpu *v); /* if nmi_pending */
void svm_nmi_iret_exit(struct vcpu *v);
void svm_nmi_sleep_exit(struct vcpu *v); /* HLT or MWAIT, which exit only during a step */
/*
 * Ends svm_nmi.c's own step, by its trap (completed) or otherwise. Returns false if none is open.
 */
bool svm_nmi_step_over(struct vcpu *v, bool completed);

/* svm_step.c. `over_iret`: the instruction loads RFLAGS. */
void svm_step_begin(struct vcpu *v, bool over_iret);
/* Did the #DB that just exited end the step? Otherwise it is a fault before the instruction. */
bool svm_step_completed(const struct vcpu *v);

/*
 * svm_decode.c: fills *x with what the exit was, in up to three calls, each of which says whether that
 * was all. The first one knows CPUID, RDMSR and WRMSR, the second what else is frequent.
 */
bool svm_decode_reason(struct vcpu *v, struct vm_exit *x);
bool svm_decode_frequent(struct vcpu *v, struct vm_exit *x);
void svm_decode_exit(struct vcpu *v, struct vm_exit *x);

#endif
