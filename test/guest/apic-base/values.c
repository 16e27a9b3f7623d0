/* SPDX-License-Identifier: GPL-2.0-only */
/* Which values of IA32_APIC_BASE each mode takes. Every case runs on every CPU. */
#include "apic-base/cases.h"

static void on_each(job_fn fn)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, fn, NULL), "CPU %u does not answer, or an exception", i);
}

static void check_start(void *arg)
{
    unsigned index = this_cpu()->index;
    uint64_t base = rdmsr(MSR_APIC_BASE);

    tap_check((base & PAGE_MASK) == LAPIC_BASE, "CPU %u: 0x%lx", index, (unsigned long)base);
    tap_check(!(base & APIC_BASE_BSP) == (index != 0), "CPU %u: BSP flag, 0x%lx", index,
              (unsigned long)base);
    tap_check(mode_now() == *(const enum mode *)arg, "CPU %u: mode %s", index,
              mode_name(mode_now()));
    tap_check(cpuid(1, 0).edx & BIT32(9), "CPU %u: CPUID shows no APIC", index);
}

void case_start(void)
{
    enum mode mode = mode_now();

    if (rules() == RULES_HIDDEN)
        CHECK_EQ(mode, MODE_XAPIC);
    if (rules() == RULES_LOCKED)
        CHECK_EQ(mode, MODE_X2APIC);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, check_start, &mode), "CPU %u does not answer", i);
}

static void refuse(uint64_t value, const char *what)
{
    uint64_t before = rdmsr(MSR_APIC_BASE);

    tap_check(!try_base(value), "CPU %u: %s: 0x%lx was taken", this_cpu()->index, what,
              (unsigned long)value);
    tap_check(rdmsr(MSR_APIC_BASE) == before, "CPU %u: %s: 0x%lx became 0x%lx", this_cpu()->index,
              what, (unsigned long)before, (unsigned long)rdmsr(MSR_APIC_BASE));
}

static void write_bad_values(void *arg)
{
    const uint64_t base = rdmsr(MSR_APIC_BASE);
    const unsigned width = cpuid(0x80000008, 0).eax & 0xFF;

    (void)arg;
    tap_check(try_base(base) && rdmsr(MSR_APIC_BASE) == base, "CPU %u: not even the old value",
              this_cpu()->index);
    refuse((base & ~APIC_BASE_EN) | APIC_BASE_EXTD, "EXTD without EN");
    if (unfit_for_checks())
        return;
    for (unsigned bit = 0; bit < 8; bit++)
        refuse(base | BIT(bit), "reserved bit");
    refuse(base | BIT(9), "reserved bit");
    for (unsigned bit = width; bit < 64; bit++)
        refuse(base | BIT(bit), "reserved bit");
    refuse(base + PAGE_SIZE, "other base");
    refuse(base - PAGE_SIZE, "other base");
    refuse(base & ~PAGE_MASK, "base 0");
    refuse(base ^ BIT(width - 1), "other base");
}

void case_bad_values(void)
{
    on_each(write_bad_values);
    CHECK(rdmsr(MSR_APIC_BASE) & APIC_BASE_EN);
}

static void read_msr(void *arg)
{
    (void)rdmsr(*(const uint32_t *)arg);
}

static void try_hidden(void *arg)
{
    struct fault fault;

    (void)arg;
    refuse(rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD, "EXTD");
    for (uint32_t msr = 0x800; msr < 0x840 && unknown_msrs_fault(); msr++)
        tap_check(trap_call(read_msr, &msr, &fault) && fault.vector == VECTOR_GP,
                  "CPU %u: MSR 0x%x can be read", this_cpu()->index, msr);
}

void case_hidden(void)
{
    if (rules() != RULES_HIDDEN) {
        tap_skip("x2APIC mode is there");
        return;
    }
    on_each(try_hidden);
    CHECK(lapic_id() == this_cpu()->apic_id);
}

/* From each mode to each: what the manual's figure has an arrow for works, the others are #GP. */
static void try_transitions(void *arg)
{
    static const bool legal[3][3] = {
        [MODE_OFF] = {[MODE_OFF] = true, [MODE_XAPIC] = true},
        [MODE_XAPIC] = {[MODE_OFF] = true, [MODE_XAPIC] = true, [MODE_X2APIC] = true},
        [MODE_X2APIC] = {[MODE_OFF] = true, [MODE_X2APIC] = true},
    };
    const enum mode modes = lapic_has_x2apic() ? MODE_X2APIC : MODE_XAPIC;
    const enum mode first = mode_now();

    (void)arg;
    for (enum mode from = MODE_OFF; from <= modes; from++) {
        for (enum mode to = MODE_OFF; to <= MODE_X2APIC; to++) {
            uint64_t rest = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_EN | APIC_BASE_EXTD);
            bool want = legal[from][to] && to <= modes;

            go_to(from);
            tap_check(try_base(rest | mode_bits(to)) == want, "CPU %u: %s to %s is %s",
                      this_cpu()->index, mode_name(from), mode_name(to),
                      want ? "refused" : "allowed");
            tap_check(mode_now() == (want ? to : from), "CPU %u: %s to %s ends as %s",
                      this_cpu()->index, mode_name(from), mode_name(to), mode_name(mode_now()));
            if (mode_now() == MODE_OFF && !unfit_for_checks())
                tap_check(!(cpuid(1, 0).edx & BIT32(9)), "CPU %u: off, but CPUID shows it",
                          this_cpu()->index);
        }
    }
    go_to(first);
}

void case_transitions(void)
{
    on_each(try_transitions);
    check_all_pairs("afterwards");
}
