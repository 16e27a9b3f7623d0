/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vendor seam: what the rest of Lapwing asks of Intel VMX or AMD SVM. Each image has one
 * vendor, chosen at link time. This header names no exit reason, VMCS field or VMCB offset.
 *
 * Unless said otherwise a function that takes a vCPU runs on that vCPU's own CPU.
 */
#ifndef CORE_VIRT_H
#define CORE_VIRT_H

#include "core/memory/pt.h"
#include "core/vcpu.h"
#include "core/msr.h"
#include "core/vm_exit.h"

/* The vendor's name, "svm" or "vmx", and its number in the CPUID leaf (docs/cpuid.md). */
extern const char virt_name[];
extern const uint32_t virt_vendor_id;

/* May the vendor's LAPICs have AMD's extended registers? If not, no code is made for them. */
extern const bool virt_extends_lapic;

/* The format of the second-level tables, and whether the CPU walks 1 GiB pages in them. */
extern const enum pt_format virt_slat_format;
bool virt_slat_has_1g(void);

/*
 * Returns the memory type that a second-level entry for `pa` must have. *size becomes the size in
 * bytes of a stretch from `pa` on that has this type throughout. It is VIRT_MEMTYPE_ALL if the
 * hardware applies the MTRRs itself.
 */
#define VIRT_MEMTYPE_ALL BIT(52)
enum pt_memtype virt_memtype(hpa_t pa, uint64_t *size);

/* The bytes that one vCPU needs, from a page's first on, and the pages that all share; zeroed. */
extern const unsigned virt_bytes_per_cpu;
extern const unsigned virt_pages_shared;

/*
 * Can this CPU run the image? Returns 0, or -ENODEV and in *missing what it lacks and what to do.
 */
int virt_probe(const char **missing);

/*
 * Takes the shared pages (virt_pages_shared of them). The boot CPU calls it once, after
 * virt_probe().
 */
void virt_init(void *pages);

/* Turns virtualisation on, once on each CPU. Returns as virt_probe() does. */
int virt_enable_cpu(struct vcpu *v, const char **missing);

/*
 * Prepares a control block at v->virt (virt_bytes_per_cpu, zeroed), in which every access to
 * an MSR exits. Runs on the boot CPU.
 */
void virt_vcpu_init(struct vcpu *v);

/* Follows what the firmware has set anew after S3. On the boot CPU, when its vCPU is taken over. */
void virt_woken(struct vcpu *v);

/*
 * Sets the state after INIT ("Processor State After Reset"), which keeps XCR0, MTRRs, PAT and most
 * MSRs. RIP is at the reset vector until virt_vcpu_start().
 */
void virt_vcpu_reset(struct vcpu *v);

/* Starts in real mode at cs:ip. The caller calls virt_vcpu_reset() first. */
void virt_vcpu_start(struct vcpu *v, uint16_t cs, uint16_t ip);

/*
 * Sets the state of the boot protocols: 32-bit protected mode, interrupts off, flat segments with
 * the given selectors. The caller calls virt_vcpu_reset() first. Addresses are guest-physical.
 */
struct virt_flat32 {
    uint32_t entry, gdt_base;
    uint16_t gdt_limit, cs, ds;
};
void virt_vcpu_boot_flat32(struct vcpu *v, const struct virt_flat32 *boot);

/*
 * Sets the state in which this CPU was, in 64-bit mode. The caller calls virt_vcpu_reset() first; the
 * guest's other registers are 0. Segments are read from the GDT.
 */
struct virt_table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));
struct virt_long_mode {
    uint64_t rip, rsp, rflags, cr0, cr3, cr4, efer;
    uint64_t fs_base, gs_base;
    struct virt_table gdtr, idtr;
    union {
        struct {
            uint16_t es, cs, ss, ds, fs, gs, ldtr, tr;
        };
        uint16_t selector[8]; /* the same */
    };
};
void virt_vcpu_boot_long(struct vcpu *v, const struct virt_long_mode *here);

/*
 * Runs the guest until it exits, and fills *x. Returns false without having entered the guest if
 * v->attention has ATTENTION_EVENTS. It looks as late as possible: no kick comes between the look and the entry.
 */
bool virt_run(struct vcpu *v, struct vm_exit *x);

/*
 * Host code runs with NMIs held back if the vendor can do that (SVM: GIF = 0). Between open and
 * close NMIs and INIT reach the host's handlers.
 */
void virt_host_open(void);
void virt_host_close(void);

/*
 * The host's NMI handler calls this function for an NMI that came at `rip`. Returns where to go on.
 * That is another place if this CPU was past its last look at the mailbox and about to enter the
 * guest.
 */
uint64_t virt_nmi_taken(struct vcpu *v, uint64_t rip);

/* Queue an event for the next entry. NMIs keep the architecture's blocking, and are counted. */
void virt_inject(struct vcpu *v, const struct vm_event *e);
void virt_inject_nmi(struct vcpu *v);

/*
 * Handles an exit that only the vendor knows: EXIT_IRET, EXIT_CR_ACCESS, EXIT_SOFT_EXCEPTION,
 * EXIT_RAW_EXCEPTION. An open step has ended before.
 */
enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x);

/* Moves RIP past the instruction that exited. That ends an interrupt shadow and obeys TF. */
void virt_skip_insn(struct vcpu *v);
/* The same, for a caller that knows the length in bytes. */
void virt_skip_bytes(struct vcpu *v, unsigned length);

/*
 * Registers that handlers need and that vcpu->gpr does not have, and RSP: vcpu->gpr has it to read
 * after EXIT_PAGE_FAULT and EXIT_APIC_ACCESS, whose instructions may need it.
 */
enum virt_reg {
    VREG_RIP,
    VREG_RSP,
    VREG_RFLAGS,
    VREG_CR0,
    VREG_CR2,
    VREG_CR3,
    VREG_CR4,
    VREG_EFER,
    VREG_DR7,
    VREG_CPL
};
uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg);
void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value);

/* The same as for VREG_RIP, for the exit loop, on the vCPU's own CPU. */
uint64_t virt_rip(const struct vcpu *v);

/* CR4 as the CPU has it. The bits that the guest can set are the guest's. */
uint64_t virt_cr4(const struct vcpu *v);

/* With RF set a breakpoint at the instruction does not come twice: for a fault, or between two
 * iterations of REP. */
static inline void virt_set_rf(struct vcpu *v)
{
    virt_write_reg(v, VREG_RFLAGS, virt_read_reg(v, VREG_RFLAGS) | RFLAGS_RF);
}

static inline void virt_inject_fault(struct vcpu *v, const struct vm_event *e)
{
    virt_set_rf(v);
    virt_inject(v, e);
}

enum virt_seg { VSEG_ES, VSEG_CS, VSEG_SS, VSEG_DS, VSEG_FS, VSEG_GS };
uint64_t virt_segment_base(const struct vcpu *v, enum virt_seg which);

/* What the CPU checks of a segment. `type` has the bits of the descriptor. */
#define VSEG_CODE        BIT32(3)
#define VSEG_EXPAND_DOWN BIT32(2) /* of a data segment */
#define VSEG_WRITABLE    BIT32(1) /* of a data segment, */
#define VSEG_READABLE    BIT32(1) /* or of a code segment */
struct virt_segment {
    uint32_t limit; /* in bytes */
    uint8_t type;
    bool usable, big;
};
struct virt_segment virt_segment(const struct vcpu *v, enum virt_seg which);

/* Returns 64, 32 or 16: how the guest's code is decoded at present. */
unsigned virt_code_bits(const struct vcpu *v);

/*
 * What decides which code is at the guest's RIP. CR4 is the CPU's own, which paging obeys. `paging`
 * holds CR0.PG, EFER.LMA and EFER.NXE. The last one counts as set for 64-bit code, which has been
 * fetched: an entry with NX set allows that only if the bit is reserved.
 */
#define VIRT_PAGING_64 ((uint32_t)(CR0_PG | EFER_LMA | EFER_NXE))
struct virt_code {
    uint64_t rip, cr3, cr4;
    uint32_t paging;
    unsigned bits; /* virt_code_bits() */
};
void virt_code(const struct vcpu *v, struct virt_code *c);
/* The same for 64-bit code, and in less time. Returns false if other code runs. */
bool virt_code_64(const struct vcpu *v, struct virt_code *c);
/* Is a breakpoint enabled in the guest's DR7? */
bool virt_breakpoints_enabled(const struct vcpu *v);

/* Begins a single step: nothing but one instruction runs, and then EXIT_STEP comes. */
void virt_step_begin(struct vcpu *v);
/*
 * Restores the guest's own TF, interrupt state and BTF. `completed`: the instruction was executed.
 * Then a #DB that belongs to the guest (its own TF, its breakpoints) is queued.
 */
void virt_step_end(struct vcpu *v, bool completed);

/* Says which accesses to the MSRs from `first` to `last` exit on this CPU. */
void virt_trap_msrs(struct vcpu *v, uint32_t first, uint32_t last, bool read, bool write);

/*
 * Makes accesses to a port exit, on all CPUs. `at_request`: only while the strategy asks for it, if
 * the vendor can tell. On the boot CPU, before the first guest runs.
 */
void virt_trap_port(uint16_t port, bool at_request);

/* Drops cached translations before the next entry, after a change in vcpu->slat. */
void virt_flush(struct vcpu *v);

/*
 * Hides or adds the vendor's features in one CPUID leaf, but leaf 1, in which the list of cpuid_list.h
 * hides them. `r` holds the hardware's answer on entry.
 */
void virt_filter_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

/* The vendor's rows of the MSR table, and its list of MSRs without a handler (core/msr.h). */
extern const struct msr_trap virt_msr_traps[];
extern const unsigned virt_msr_trap_count;
extern const struct msr_open_range virt_msr_open_ranges[];
extern const unsigned virt_msr_open_range_count;

/* Prints the vendor's own state, for panic(). */
void virt_print_state(const struct vcpu *v);

#endif
