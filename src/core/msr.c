/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch of MSR exits over the rows of core, vendor and strategy. The rows are constant; no lock.
 */
#include "core/msr.h"

#include <lapwing/errno.h>
#include "apic/apic.h"
#include "core/virt.h"

/*
 * XRSTORS loads MSRs past the permission map, those of Processor Trace among them. Of the
 * supervisor states only CET's are known to be harmless. core/cpuid.c hides the others.
 */
static enum exit_result write_xss(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    return (value & ~XSS_ALLOWED) || wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

/* An exit loads the host's EFER, which has NXE. With XD disabled the CPU would refuse that EFER. */
static enum exit_result write_misc_enable(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    return (value & MISC_ENABLE_XD_DISABLE) || wrmsr_safe(msr, value) ? EXIT_INJECT_GP
                                                                      : EXIT_SKIP_INSN;
}

/* Rows for every vendor and strategy. */
static const struct msr_trap core_traps[] = {
    /* Microcode updates would change the CPU under Lapwing: they vanish, and the revision stays. */
    MSR_TRAP(MSR_UCODE_UPDATE, NULL, msr_write_ignore),
    /* The guest's CPU has no VMX, whoever made it. An emulator may have the MSRs all the same. */
    {.first = MSR_VMX_FIRST, .last = MSR_VMX_LAST, .read = msr_read_gp, .write = msr_write_gp},
    /*
     * MSRs that write to memory by physical address, past the second-level tables, or that change
     * what addresses mean, or that sample whoever runs. core/cpuid.c hides their features too.
     */
    {.first = MSR_PT_FIRST, .last = MSR_PT_LAST, .read = msr_read_gp, .write = msr_write_gp},
    {.first = MSR_TME_FIRST, .last = MSR_TME_LAST, .read = msr_read_gp, .write = msr_write_gp},
    {.first = MSR_HW_FEEDBACK_FIRST,
     .last = MSR_HW_FEEDBACK_LAST,
     .read = msr_read_gp,
     .write = msr_write_gp},
    MSR_TRAP(MSR_DS_AREA, msr_read_gp, msr_write_gp),
    {.first = MSR_PEBS_FIRST, .last = MSR_PEBS_LAST, .read = msr_read_gp, .write = msr_write_gp},
    {.first = MSR_IBS_FIRST, .last = MSR_IBS_LAST, .read = msr_read_gp, .write = msr_write_gp},
    MSR_TRAP(MSR_XSS, NULL, write_xss),
    MSR_TRAP(MSR_MISC_ENABLE, NULL, write_misc_enable),
    /*
     * If Lapwing itself runs on KVM or Hyper-V, these MSRs give that hypervisor addresses to write
     * to, and it does not protect Lapwing's memory. CPUID hides its features too.
     */
    {.first = MSR_KVM_OLD_FIRST,
     .last = MSR_KVM_OLD_LAST,
     .read = msr_read_gp,
     .write = msr_write_gp},
    {.first = MSR_HYPERV_FIRST,
     .last = MSR_HYPERV_LAST,
     .read = msr_read_gp,
     .write = msr_write_gp},
    {.first = MSR_KVM_FIRST, .last = MSR_KVM_LAST, .read = msr_read_gp, .write = msr_write_gp},
};

struct trap_set {
    const struct msr_trap *rows;
    unsigned count;
};

/* The strategy's rows come first, because the strategy may refine what the others say. */
#define SETS 4

static void trap_sets(struct trap_set sets[SETS])
{
    sets[0] = (struct trap_set){apic_msr_traps, apic_msr_trap_count};
    sets[1] = (struct trap_set){apic_base_traps, apic_base_trap_count};
    sets[2] = (struct trap_set){virt_msr_traps, virt_msr_trap_count};
    sets[3] = (struct trap_set){core_traps, ARRAY_SIZE(core_traps)};
}

static const struct msr_trap *find(uint32_t msr)
{
    struct trap_set sets[SETS];

    trap_sets(sets);
    for (unsigned s = 0; s < SETS; s++) {
        for (unsigned i = 0; i < sets[s].count; i++) {
            const struct msr_trap *t = &sets[s].rows[i];
            if (msr >= t->first && msr <= t->last)
                return t;
        }
    }
    return NULL;
}

/* Goes from the last row to the first, so that the first row wins, as in find(). */
void msr_traps_apply(struct vcpu *v)
{
    struct trap_set sets[SETS];

    trap_sets(sets);
    for (unsigned s = SETS; s-- > 0;) {
        for (unsigned i = sets[s].count; i-- > 0;) {
            const struct msr_trap *t = &sets[s].rows[i];
            bool read = t->read && !(t->open_at_first & MSR_OPEN_READ);
            bool write = t->write && !(t->open_at_first & MSR_OPEN_WRITE);
            for (uint32_t msr = t->first; msr <= t->last; msr++)
                virt_trap_msr(v, msr, read, write);
        }
    }
}

enum exit_result msr_handle_read(struct vcpu *v, uint32_t msr)
{
    const struct msr_trap *t = find(msr);
    uint64_t value = 0;
    enum exit_result r = EXIT_SKIP_INSN;

    if (t && t->read)
        r = t->read(v, msr, &value);
    else if (rdmsr_safe(msr, &value))
        r = EXIT_INJECT_GP;
    if (r == EXIT_SKIP_INSN) {
        v->gpr[GPR_RAX] = (uint32_t)value;
        v->gpr[GPR_RDX] = value >> 32;
    }
    return r;
}

enum exit_result msr_handle_write(struct vcpu *v, uint32_t msr)
{
    const struct msr_trap *t = find(msr);
    uint64_t value = (uint32_t)v->gpr[GPR_RAX] | v->gpr[GPR_RDX] << 32;

    if (t && t->write)
        return t->write(v, msr, value);
    return wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

enum exit_result msr_read_gp(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    (void)msr;
    (void)value;
    return EXIT_INJECT_GP;
}

enum exit_result msr_write_gp(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    return EXIT_INJECT_GP;
}

enum exit_result msr_write_ignore(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    return EXIT_SKIP_INSN;
}

/*
 * The fixup returns -EFAULT in the error register, at the address that the exception table names.
 */
#define EX_TABLE(from, to)                                                                         \
    ".pushsection .ex_table, \"a\"\n\t.balign 4\n\t.long " from " - .\n\t.long " to                \
    " - .\n\t.popsection\n\t"

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t lo = 0, hi = 0;
    int err;

    __asm__ volatile("1: rdmsr\n\t"
                     "xorl %[err], %[err]\n\t"
                     "jmp 3f\n\t"
                     "2: movl %[fault], %[err]\n\t"
                     "3:\n\t" EX_TABLE("1b", "2b")
                     : "+a"(lo), "+d"(hi), [err] "=&r"(err)
                     : "c"(msr), [fault] "i"(-EFAULT)
                     : "memory");
    *value = (uint64_t)hi << 32 | lo;
    return err;
}

/* WRMSR and XSETBV both take ECX and EDX:EAX. */
#define DEFINE_SAFE_WRITE(name, insn)                                                              \
    int name(uint32_t index, uint64_t value)                                                       \
    {                                                                                              \
        int err;                                                                                   \
                                                                                                   \
        __asm__ volatile("1: " insn "\n\t"                                                         \
                         "xorl %[err], %[err]\n\t"                                                 \
                         "jmp 3f\n\t"                                                              \
                         "2: movl %[fault], %[err]\n\t"                                            \
                         "3:\n\t" EX_TABLE("1b", "2b")                                             \
                         : [err] "=&r"(err)                                                        \
                         : "c"(index), "a"((uint32_t)value),                                       \
                           "d"((uint32_t)(value >> 32)), [fault] "i"(-EFAULT)                      \
                         : "memory");                                                              \
        return err;                                                                                \
    }

DEFINE_SAFE_WRITE(wrmsr_safe, "wrmsr")
DEFINE_SAFE_WRITE(xsetbv_safe, "xsetbv")
