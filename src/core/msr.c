/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch of MSR exits over the rows of core, vendor and strategy. The rows are constant; no lock.
 */
#include "core/msr.h"

#include "apic/apic.h"
#include "core/cpuid.h"
#include "core/virt.h"

/*
 * XRSTORS loads MSRs past the permission map, those of Processor Trace among them. CPUID shows no
 * supervisor state.
 */
static enum exit_result write_xss(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    return value || wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

/* There are no branch traces and no precise event records: the bits say that they are missing. */
static enum exit_result read_misc_enable(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (rdmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    *value |= MISC_ENABLE_NO_STORES;
    return EXIT_SKIP_INSN;
}

/* An exit loads the host's EFER, which has NXE. With XD disabled the CPU would refuse that EFER. */
static enum exit_result write_misc_enable(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t old;

    (void)v;
    if ((value & MISC_ENABLE_XD_DISABLE) || rdmsr_safe(msr, &old))
        return EXIT_INJECT_GP;
    value = (value & ~MISC_ENABLE_NO_STORES) | (old & MISC_ENABLE_NO_STORES);
    if (wrmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    cpuid_forget(); /* CPUID shows some of the bits, and two CPUs may share the MSR */
    return EXIT_SKIP_INSN;
}

/* Rows for every vendor and strategy. */
static const struct msr_trap core_traps[] = {
    /* Microcode updates would change the CPU under Lapwing: they vanish, and the revision stays. */
    MSR_TRAP(MSR_UCODE_UPDATE, msr_read_gp, msr_write_ignore),
    MSR_TRAP(MSR_XSS, NULL, write_xss),
    MSR_TRAP(MSR_MISC_ENABLE, read_misc_enable, write_misc_enable),
};

static const unsigned core_trap_count = ARRAY_SIZE(core_traps);

/*
 * The strategy's rows come before the vendor's and core's, because the strategy may refine what the
 * others say. No strategy refines those of IA32_APIC_BASE, which exit most.
 */
static const struct trap_set {
    const struct msr_trap *rows;
    const unsigned *count;
} sets[] = {
    {apic_base_traps, &apic_base_trap_count},
    {apic_msr_traps, &apic_msr_trap_count},
    {virt_msr_traps, &virt_msr_trap_count},
    {core_traps, &core_trap_count},
};

static const struct msr_trap *find(uint32_t msr)
{
    for (const struct trap_set *s = sets; s < sets + ARRAY_SIZE(sets); s++) {
        const struct msr_trap *end = s->rows + *s->count;

        for (const struct msr_trap *t = s->rows; t < end; t++) {
            if (msr >= t->first && msr <= t->last)
                return t;
        }
    }
    return NULL;
}

static void open_ranges(struct vcpu *v, const struct msr_open_range *ranges, unsigned count)
{
    for (const struct msr_open_range *r = ranges; r < ranges + count; r++)
        virt_trap_msrs(v, r->first, r->first + r->count - 1, !(r->open & MSR_OPEN_READ),
                       !(r->open & MSR_OPEN_WRITE));
}

/* Goes from the last row to the first, so that the first row wins, as in find(). */
void msr_traps_apply(struct vcpu *v)
{
    open_ranges(v, msr_open_ranges, msr_open_range_count);
    open_ranges(v, virt_msr_open_ranges, virt_msr_open_range_count);
    for (unsigned s = ARRAY_SIZE(sets); s-- > 0;) {
        for (unsigned i = *sets[s].count; i-- > 0;) {
            const struct msr_trap *t = &sets[s].rows[i];

            virt_trap_msrs(v, t->first, t->last, t->read && !(t->open_at_first & MSR_OPEN_READ),
                           t->write && !(t->open_at_first & MSR_OPEN_WRITE));
        }
    }
}

enum exit_result msr_handle_read(struct vcpu *v, uint32_t msr)
{
    const struct msr_trap *t = find(msr);
    uint64_t value = 0;
    enum exit_result r = EXIT_SKIP_INSN;

    if (!t)
        return EXIT_INJECT_GP;
    if (t->read)
        r = t->read(v, msr, &value);
    else if (rdmsr_safe(msr, &value))
        r = EXIT_INJECT_GP;
    if (r == EXIT_SKIP_INSN)
        msr_set_read(v, value);
    return r;
}

enum exit_result msr_handle_write(struct vcpu *v, uint32_t msr)
{
    const struct msr_trap *t = find(msr);

    if (!t)
        return EXIT_INJECT_GP;
    if (t->write)
        return t->write(v, msr, msr_written(v));
    return wrmsr_safe(msr, msr_written(v)) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
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
