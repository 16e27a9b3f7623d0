/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMX files share about one vCPU. Each function runs on the vCPU's own CPU. Once that runs
 * only it touches struct virt_vcpu. The atomic fields are in docs/ownership.md.
 */
#ifndef CORE_VMX_VMX_VCPU_H
#define CORE_VMX_VMX_VCPU_H

#include <stdatomic.h>

#include "core/virt.h"
#include "core/vmx/msr_bitmap.h"
#include "core/vmx/vmcs_access.h"
#include "core/vmx/vmx_regs.h"

/* An event for the next entry, in the VMCS's own format. */
struct vmx_event {
    uint32_t info; /* 0: none */
    uint32_t error;
    uint32_t insn_length; /* for INT1, INT3 and INTO, in bytes */
};

struct virt_vcpu {
    uint8_t vmcs[PAGE_SIZE]; /* three pages that the hardware uses come first */
    uint8_t vmxon[PAGE_SIZE];
    struct msr_bitmap msr_bitmap;

    bool loaded; /* the VMCS is current on its CPU */
    uint64_t eptp;
    /* Two that each exit clears, side by side so that one store does. */
    unsigned code_bits; /* virt_code_bits(); 0: not asked for since the last exit */
    struct vmx_event event;
    uint64_t guest_rip;          /* the content of VMCS_GUEST_RIP; see vmx_set_rip() */
    uint64_t cr0_mask, cr4_mask; /* the content of VMCS_CR0_MASK and VMCS_CR4_MASK */
    bool uses_debugctl;          /* VMCS_GUEST_DEBUGCTL may be other than 0 */

    /* NMIs of the guest's that wait to be injected. */
    unsigned nmi_pending;
    bool nmi_window; /* NMI-window exiting is on */

    struct vmx_step {
        bool active;
        bool held;     /* IF = 0 keeps interrupts out */
        bool guest_if; /* the guest's IF */
        bool guest_tf; /* the guest's TF: vmx_step_db.c */
        uint64_t guest_debugctl;
        uint64_t hits;    /* breakpoints that the stepped instruction met */
        uint64_t pending; /* debug exceptions that MOV SS held back */
    } step;
};

/* The control words that the CPU agreed to, the same on every CPU. */
struct vmx_controls {
    uint32_t pin, primary, secondary, exit, entry;
};
extern struct vmx_controls vmx_controls;

#define VMX_VPID 1 /* one value is enough: each CPU has its own TLB and runs one guest */

/* Exceptions always intercepted: endless #AC (CVE-2015-5307) and #DB (CVE-2015-8104) loops. */
#define VMX_EXCEPTIONS_ALWAYS (BIT32(VEC_DB) | BIT32(VEC_AC))

/* vmx_setup.c: fills a new VMCS with what does not change. */
void vmx_setup_vmcs(struct vcpu *v);

/* vmx_vcpu.c: queues an event for the next entry, in the VMCS's own format. */
void vmx_queue_event(struct vcpu *v, uint32_t info, uint32_t error, uint32_t insn_length);

/* vmx_vcpu.c: adds to the debug exceptions that the guest gets at the next entry; 0: none. */
void vmx_add_pending_debug(uint64_t bits);

/* All that writes the guest's RIP, but what skips an instruction. */
static inline void vmx_set_rip(struct vcpu *v, uint64_t rip)
{
    v->virt->guest_rip = rip;
    vmcs_write(VMCS_GUEST_RIP, rip);
}

/*
 * vmx_decode.c: fills *x with what the exit was, in up to three calls, each of which says whether that
 * was all. The first one knows CPUID, RDMSR and WRMSR, the second what else is frequent.
 */
bool vmx_decode_reason(struct vcpu *v, struct vm_exit *x);
bool vmx_decode_frequent(struct vcpu *v, struct vm_exit *x);
void vmx_decode_exit(struct vcpu *v, struct vm_exit *x);

/* vmx_fail.c: entries that the CPU refused. A bad guest state becomes a triple fault. */
_Noreturn void vmx_entry_failed(const struct vcpu *v); /* called by vmx_entry.S */
void vmx_entry_refused(struct vcpu *v, struct vm_exit *x);

/* vmx_cr.c: the bits of CR0 and CR4 that VMX operation fixes to 1, and the guest's accesses. */
uint64_t vmx_cr0_fixed(void);
uint64_t vmx_cr4_fixed(void);
uint64_t vmx_cr4_masked(void); /* those, and the bits that the guest does not have */
enum exit_result vmx_cr_exit(struct vcpu *v);

/*
 * vmx_ports.c: the I/O bitmaps. vmx_ports_setup() gives them to this CPU's VMCS. vmx_ports_choose()
 * says whether this CPU traps the ports that are trapped at request.
 */
#define VMX_IO_BITMAP_PAGES 3
void vmx_ports_init(uint8_t *pages);
void vmx_ports_setup(void);
void vmx_ports_choose(bool requested);

/* vmx_memtype.c: reads this CPU's MTRRs again. Returns false while they are disabled. */
bool vmx_memtype_changed(void);

/* vmx_nmi.c: injects an NMI that waits, or opens an NMI window, whose exit leads here again. */
__attribute__((noinline)) void vmx_nmi_before_entry(struct vcpu *v);

/*
 * vmx_step_db.c or vmx_step_mtf.c, whichever is linked, makes the next instruction trap for
 * vmx_step.c. vmx_step_ends_with_db() tells whether a #DB exit with that qualification is this
 * trap. The other two take the guest's RFLAGS and return what these become.
 */
/* The primary control that a step sets; 0: none. */
extern const uint32_t vmx_step_control;
uint64_t vmx_step_arm(struct vcpu *v, uint64_t rflags);
uint64_t vmx_step_disarm(struct vcpu *v, bool completed, uint64_t rflags);
bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification);

/*
 * vmx_entry.S. vmx_nmi_resume_rip() returns where an NMI handler goes on after an NMI at `rip`.
 */
uint64_t vmx_nmi_resume_rip(uint64_t rip);
extern const char vmx_first_exit_point[];

#endif
