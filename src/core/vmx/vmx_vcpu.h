/* SPDX-License-Identifier: GPL-2.0-only */
/* What the VMX files share about one vCPU. Not seen outside src/core/vmx. */
#ifndef CORE_VMX_VMX_VCPU_H
#define CORE_VMX_VMX_VCPU_H

#include <stdatomic.h>

#include "core/virt.h"
#include "core/vmx/msr_bitmap.h"
#include "core/vmx/vmcs_access.h"
#include "core/vmx/vmx_asm.h"
#include "core/vmx/vmx_regs.h"

/* What the entry stub looks at (vmx_asm.h). */
struct vmx_entry {
    uint64_t host_rsp;     /* what VMCS_HOST_RSP holds */
    atomic_bool launched;  /* VMRESUME from now on */
    atomic_bool nmi_taken; /* by the host, since the last exit: do not enter, look again */
};
_Static_assert(offsetof(struct vmx_entry, host_rsp) == VMX_ENTRY_HOST_RSP, "vmx_asm.h");
_Static_assert(offsetof(struct vmx_entry, launched) == VMX_ENTRY_LAUNCHED, "vmx_asm.h");
_Static_assert(offsetof(struct vmx_entry, nmi_taken) == VMX_ENTRY_NMI_TAKEN, "vmx_asm.h");
_Static_assert(sizeof(atomic_bool) == 1, "vmx_asm.h");
_Static_assert(VMCS_HOST_RSP == VMX_ASM_HOST_RSP, "vmx_asm.h");

/* An event for the next entry, in the VMCS's own words. */
struct vmx_event {
    uint32_t info; /* 0: none */
    uint32_t error;
    uint32_t insn_length; /* of INT1, INT3, INTO */
};

struct virt_vcpu {
    uint8_t vmcs[PAGE_SIZE]; /* the first three are pages of the hardware's */
    uint8_t vmxon[PAGE_SIZE];
    struct msr_bitmap msr_bitmap;

    bool loaded; /* the VMCS is current on its CPU */
    uint64_t eptp;
    struct vmx_entry entry;
    struct vmx_event event;
    uint64_t guest_rsp; /* what VMCS_GUEST_RSP holds */

    unsigned nmi_pending;
    bool nmi_window; /* exiting on an NMI window is on */

    struct vmx_step {
        bool active;
        bool held;     /* interrupts are kept out by IF = 0 */
        bool guest_if; /* what IF is for the guest */
        bool guest_tf; /* the rest: vmx_step_db.c */
        uint64_t guest_debugctl;
        uint64_t hits;    /* breakpoints that the stepped instruction met */
        uint64_t pending; /* debug exceptions that MOV SS holds back */
    } step;
};

/* Control words that the CPU agreed to, the same on every CPU. */
struct vmx_controls {
    uint32_t pin, primary, secondary, exit, entry;
};
extern struct vmx_controls vmx_controls;

#define VMX_VPID 1 /* TLBs are per CPU, and a CPU runs one guest only */

/* Exceptions that are intercepted outside a step: CVE-2015-5307, CVE-2015-8104 (#AC, #DB loops). */
#define VMX_EXCEPTIONS_ALWAYS (BIT32(VEC_DB) | BIT32(VEC_AC))

/* vmx_setup.c: fills a fresh VMCS with what does not change. */
void vmx_setup_vmcs(struct vcpu *v);

/* vmx_vcpu.c */
void vmx_queue_event(struct vcpu *v, uint32_t info, uint32_t error, uint32_t insn_length);

/* vmx_exit.c */
void vmx_decode_exit(struct vcpu *v, struct vm_exit *x);

/* vmx_fail.c */
_Noreturn void vmx_entry_failed(const struct vcpu *v);
void vmx_entry_refused(struct vcpu *v, struct vm_exit *x);

/* vmx_cr.c: bits of CR0 and CR4 that VMX operation fixes to 1 */
uint64_t vmx_cr0_fixed(void);
uint64_t vmx_cr4_fixed(void);
enum exit_result vmx_cr_exit(struct vcpu *v);

/* vmx_memtype.c: reads this CPU's MTRRs again; false while they are off */
bool vmx_memtype_changed(void);

/* vmx_nmi.c */
void vmx_nmi_before_entry(struct vcpu *v);

/*
 * vmx_step.c asks one of vmx_step_db.c and vmx_step_mtf.c, whichever is linked, to make the next
 * instruction trap. vmx_step_ends_with_db(): is a #DB exit with that qualification the trap?
 */
/* The primary control that it sets for the time of a step; 0: none */
extern const uint32_t vmx_step_control;
void vmx_step_arm(struct vcpu *v);
void vmx_step_disarm(struct vcpu *v, bool completed);
bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification);

/* vmx_entry.S */
unsigned vmx_enter(uint64_t gpr[GPR_COUNT], struct vmx_entry *e);
uint64_t vmx_nmi_resume_rip(uint64_t rip);
extern const char vmx_exit_point[];

#endif
