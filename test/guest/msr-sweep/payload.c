/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msr-sweep: reads every MSR of the architectural ranges on every CPU, and writes back what it read
 * (zero if it could not read). Each access works or raises #GP, and the machine still works
 * afterwards. What could be read is printed as ranges ("# readable 10-10"), so that a bare run can
 * be compared with one under Lapwing.
 *
 * Expected differences: QEMU TCG reads unknown MSRs as zero; hardware and Bochs raise #GP.
 */
#include "msr-sweep/cases.h"

const char payload_name[] = "msr-sweep";

static const struct msr_range {
    uint32_t first, last;
} ranges[] = {
    {0x00000000, 0x00001FFF},
    {0x40000000, 0x400000FF},
    {0xC0000000, 0xC0001FFF},
    {0xC0010000, 0xC0011FFF},
};

/* Writing these does something even if the value is the old one. */
static const struct msr_range not_written[] = {
    {0x00000010, 0x00000010}, /* TSC */
    {0x00000079, 0x00000079}, /* microcode update */
    {0x00000800, 0x000008FF}, /* x2APIC: EOI, ICR */
    {0xC0010020, 0xC0010020}, /* microcode update */
};

/* Failures on any CPU; reported by the BSP. */
static struct msr_access strange;
static unsigned strange_vector;

static bool try_access(void (*fn)(void *), struct msr_access *access)
{
    struct fault fault;

    if (!trap_call(fn, access, &fault))
        return true;
    if (fault.vector != VECTOR_GP || fault.error != 0) {
        strange = *access;
        strange_vector = fault.vector;
    }
    return false;
}

bool msr_try_read(struct msr_access *access)
{
    return try_access(msr_do_read, access);
}

bool msr_try_write(struct msr_access *access)
{
    return try_access(msr_do_write, access);
}

const char *unfit_when_bare(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    return leaf.base ? NULL : "bare";
}

struct sweep {
    unsigned readable, writable;
    bool print;
};

static bool may_write(uint32_t msr)
{
    for (size_t i = 0; i < ARRAY_SIZE(not_written); i++)
        if (msr >= not_written[i].first && msr <= not_written[i].last)
            return false;
    return true;
}

static void sweep_range(const struct msr_range *range, struct sweep *sweep)
{
    uint32_t start = 0;
    bool inside = false;

    for (uint64_t msr = range->first; msr <= (uint64_t)range->last + 1; msr++) {
        struct msr_access access = {.msr = (uint32_t)msr};
        bool readable = msr <= range->last && msr_try_read(&access);

        if (readable && !inside)
            start = access.msr;
        if (!readable && inside && sweep->print)
            print("# readable %x-%x\n", start, (uint32_t)msr - 1);
        inside = readable;
        sweep->readable += readable;
        if (msr <= range->last && may_write(access.msr))
            sweep->writable += msr_try_write(&access);
    }
}

static void sweep_all(void *arg)
{
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
        sweep_range(&ranges[i], arg);
}

static void case_sweep(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        struct sweep sweep = {.print = i == 0};

        strange_vector = 0;
        cpu_at(i)->caught.vector = 0;
        if (i == 0) {
            sweep_all(&sweep);
        } else {
            cpu_post(i, sweep_all, &sweep);
            tap_check(cpu_join(i, 12 * CPU_TIMEOUT_MS), "CPU %u does not answer", i);
        }
        tap_check(strange_vector == 0, "CPU %u: MSR 0x%x gave vector %u", i, strange.msr,
                  strange_vector);
        tap_check(sweep.readable > 10, "CPU %u: only %u readable", i, sweep.readable);
        print("# CPU %u: %u readable, %u writable\n", i, sweep.readable, sweep.writable);
    }
}

static void case_alive(void)
{
    for (unsigned i = 1; i < cpu_count(); i++) {
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
        tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
    }
    CHECK(rdmsr(MSR_APIC_BASE) & APIC_BASE_EN);
}

const struct payload_case payload_cases[] = {
    {"sweep", case_sweep, NULL},
    {"unlisted", case_unlisted, unfit_when_bare},
    {"virtualisation", case_virt_msrs, unfit_when_bare},
    {"efer", case_efer, NULL},
    {"apic-base", case_apic_base, NULL},
    {"alive", case_alive, NULL},
    {NULL, NULL, NULL},
};
