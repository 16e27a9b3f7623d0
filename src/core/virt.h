/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vendor seam: what the rest of Lapwing asks of Intel VMX or AMD SVM. Resolved at link time,
 * one vendor an image. No exit reason, VMCS field or VMCB offset is named on this side of it.
 *
 * Unless said otherwise a function that takes a vCPU must run on that vCPU's own CPU.
 */
#ifndef CORE_VIRT_H
#define CORE_VIRT_H

#include "core/memory/pt.h"
#include "core/vcpu.h"
#include "core/msr.h"
#include "core/vm_exit.h"

/* "svm" or "vmx"; and the number that the CPUID leaf reports for it. */
extern const char virt_name[];
extern const uint32_t virt_vendor_id;

/* Encoding of the second-level tables, and whether the CPU walks 1 GiB pages in them. */
extern const enum pt_format virt_slat_format;
bool virt_slat_has_1g(void);

/*
 * The memory type that a second-level entry for `pa` has to carry. *size becomes the size of a
 * naturally aligned block at `pa` that has this type throughout; VIRT_MEMTYPE_ALL if the vendor's
 * hardware looks at the MTRRs itself.
 */
#define VIRT_MEMTYPE_ALL BIT(52)
enum pt_memtype virt_memtype(hpa_t pa, uint64_t *size);

/* Zeroed pages that one vCPU needs, and that all share (permission maps). */
extern const unsigned virt_pages_per_cpu;
extern const unsigned virt_pages_shared;

/* Can this CPU run the image? 0, or -ENODEV with *missing naming the feature and what to do. */
int virt_probe(const char **missing);

/* Once, on the boot CPU, after virt_probe(): shared maps in `pages` (virt_pages_shared of them). */
void virt_init(void *pages);

/* Each CPU, once: turns virtualisation on. -ENODEV with *missing as for virt_probe(). */
int virt_enable_cpu(struct vcpu *v, const char **missing);

/* Prepares a vCPU's control block at v->virt (virt_pages_per_cpu zeroed pages); on any CPU. */
void virt_vcpu_init(struct vcpu *v);

/*
 * The state after INIT ("Processor State After Reset"), which leaves XCR0, MTRRs, PAT and most MSRs
 * alone. RIP is then set by virt_vcpu_start(), or stays at the reset vector.
 */
void virt_vcpu_reset(struct vcpu *v);

/* SIPI: real mode at (vector << 8):0000. Follows virt_vcpu_reset(). */
void virt_vcpu_start(struct vcpu *v, uint8_t vector);

/*
 * The boot protocols' state: 32-bit protected mode, interrupts off, flat segments with the given
 * selectors. Follows virt_vcpu_reset().
 */
struct virt_flat32 {
    uint32_t entry, gdt_base;
    uint16_t gdt_limit, cs, ds;
};
void virt_vcpu_boot_flat32(struct vcpu *v, const struct virt_flat32 *boot);

/*
 * Runs the guest until it exits and fills *x. A kick that arrives between the caller's last look at
 * the mailbox and the entry makes it come back at once: the window is closed.
 */
void virt_run(struct vcpu *v, struct vm_exit *x);

/*
 * Host code runs with NMIs held back wherever the vendor can (SVM: GIF = 0). Between open and close
 * they reach the host's own handlers, as does an INIT.
 */
void virt_host_open(void);
void virt_host_close(void);

/*
 * From the host's NMI handler: an NMI came while host code was at `rip`. Returns where to go on,
 * which is somewhere else if this CPU was past its last look and about to enter the guest.
 */
uint64_t virt_nmi_taken(struct vcpu *v, uint64_t rip);

/* Queues an event for the next entry. NMIs keep the architecture's blocking and are counted. */
void virt_inject(struct vcpu *v, const struct vm_event *e);
void virt_inject_nmi(struct vcpu *v);

/*
 * An exit that is only the vendor's business: EXIT_IRET, EXIT_CR_ACCESS, EXIT_SOFT_EXCEPTION,
 * EXIT_RAW_EXCEPTION. A step is over when it is called.
 */
enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x);

/* Moves RIP past the instruction that exited, which ends an interrupt shadow and honours TF. */
void virt_skip_insn(struct vcpu *v);
/* The same, for a caller that knows the length itself. */
void virt_skip_bytes(struct vcpu *v, unsigned length);

/* Registers that handlers need and that are not in vcpu->gpr. */
enum virt_reg {
    VREG_RIP,
    VREG_RFLAGS,
    VREG_CR0,
    VREG_CR2,
    VREG_CR3,
    VREG_CR4,
    VREG_EFER,
    VREG_DR7
};
uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg);
void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value);

enum virt_seg { VSEG_ES, VSEG_CS, VSEG_SS, VSEG_DS, VSEG_FS, VSEG_GS };
struct virt_segment {
    uint64_t base;
    uint32_t limit;
    bool present, long_mode, is_32bit;
};
void virt_read_segment(const struct vcpu *v, enum virt_seg which, struct virt_segment *out);

/* Single step over one instruction: nothing but that instruction runs, then EXIT_STEP comes. */
void virt_step_begin(struct vcpu *v);
/*
 * Puts the guest's own TF, interrupt state and BTF back. `completed` says that the instruction was
 * executed; then a #DB that belongs to the guest itself (its own TF, its breakpoints) is queued.
 */
void virt_step_end(struct vcpu *v, bool completed);

/* Intercepts one MSR on this CPU, or lets it through again. */
void virt_trap_msr(struct vcpu *v, uint32_t msr, bool read, bool write);

/* After a change in vcpu->slat: forget cached translations before the next entry. */
void virt_flush(struct vcpu *v);

/* What this vendor hides or adds in CPUID; `r` holds the hardware's answer. */
void virt_filter_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

/* The vendor's rows of the MSR table (core/msr.h). */

extern const struct msr_trap virt_msr_traps[];
extern const unsigned virt_msr_trap_count;

/* One line with the vendor's own state, for panic(). */
void virt_print_state(const struct vcpu *v);

#endif
