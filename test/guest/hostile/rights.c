/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of memory types must not change what is mapped where nothing is. */
#include "hostile/cases.h"
#include "lib/console.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/trap.h"

#define MSR_MTRR_CAP      0xFE
#define MSR_MTRR_BASE0    0x200
#define MSR_MTRR_DEF_TYPE 0x2FF
#define TYPE_UC           0
#define MTRR_VALID        UINT64_C(0x800)
#define CPUID_MTRR        BIT32(12)

static bool has_variable(void)
{
    return (cpuid(1, 0).edx & CPUID_MTRR) && (rdmsr(MSR_MTRR_CAP) & 0xFF) != 0;
}

void case_mtrr(void)
{
    if (!has_variable()) {
        tap_skip("no variable MTRRs");
        return;
    }
    uint32_t last = MSR_MTRR_BASE0 + 2 * ((uint32_t)(rdmsr(MSR_MTRR_CAP) & 0xFF) - 1);
    uint64_t base = rdmsr(last), mask = rdmsr(last + 1);
    uint64_t width = cpuid(0x80000008, 0).eax & 0xFF;

    /* All of RAM uncached for a moment, and back. */
    wrmsr(last, TYPE_UC);
    wrmsr(last + 1, (BIT(width) - BIT(30)) | MTRR_VALID);
    check_hidden();
    wrmsr(last + 1, mask);
    wrmsr(last, base);
    unsigned hidden = check_hidden();

    tap_check(!under_lapwing() || hidden > 0, "no hidden pages");
    check_control();
}

/* One exit may take so long, by the ticks of Bochs: with one CPU an instruction is one. */
#define SLOW_TICKS UINT64_C(200000)

static uint64_t longest; /* ticks of one write */

/* A write that Lapwing follows in its tables. */
static void timed_write(uint32_t msr, uint64_t value)
{
    uint64_t begin = rdtsc();

    wrmsr(msr, value);
    begin = rdtsc() - begin;
    longest = begin > longest ? begin : longest;
}

/*
 * On SVM the hardware follows by itself, and what other clocks count is no measure: those of Bochs with
 * more CPUs, either, where each turn of another one counts.
 */
static void check_time(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    print("# the longest write of an MTRR took %lu ticks\n", (unsigned long)longest);
    tap_check(leaf.vendor != VENDOR_VMX || payload_has_word("kvm") || cpu_count() > 1 ||
                  longest < SLOW_TICKS,
              "%lu ticks", (unsigned long)longest);
}

/* A mask with holes cuts all of memory into pages of one type and of another, or of the same. */
void case_mtrr_mask(void)
{
    if (!has_variable()) {
        tap_skip("no variable MTRRs");
        return;
    }
    const uint32_t last = MSR_MTRR_BASE0 + 2 * ((uint32_t)(rdmsr(MSR_MTRR_CAP) & 0xFF) - 1);
    const uint64_t base = rdmsr(last), mask = rdmsr(last + 1);
    const uint8_t types[] = {TYPE_UC, (uint8_t)rdmsr(MSR_MTRR_DEF_TYPE)};

    longest = 0;
    for (unsigned i = 0; i < sizeof(types); i++) {
        timed_write(last, types[i]);
        timed_write(last + 1, UINT64_C(0x1000) | MTRR_VALID);
        timed_write(last + 1, UINT64_C(0x5555555000) | MTRR_VALID);
        timed_write(last + 1, mask);
    }
    timed_write(last, base);
    check_time();
    check_control();
}

#define VARIABLE_MAX 32

/* Pages here and there get types of their own, until no table is left to hold them. */
void case_mtrr_cut(void)
{
    if (!has_variable()) {
        tap_skip("no variable MTRRs");
        return;
    }
    const uint32_t count = (uint32_t)(rdmsr(MSR_MTRR_CAP) & 0xFF);
    const uint64_t width = BIT(cpuid(0x80000008, 0).eax & 0xFF) - 4096;
    const uint64_t def_type = rdmsr(MSR_MTRR_DEF_TYPE);
    uint64_t old[2 * VARIABLE_MAX];

    for (uint32_t i = 0; i < 2 * count && i < 2 * VARIABLE_MAX; i++)
        old[i] = rdmsr(MSR_MTRR_BASE0 + i);
    for (uint64_t round = 1; round < 40; round++) {
        if (round == 20)
            longest = 0; /* Lapwing has said by now, once and on a slow port, that it is full */
        for (uint32_t i = 0; i < 2 * count && i < 2 * VARIABLE_MAX; i += 2) {
            /* 35 MiB and a page: another 2 MiB each time, and now and then another GiB. */
            timed_write(MSR_MTRR_BASE0 + i, (round * count + i) * 0x2301000 % (4 * GIB));
            timed_write(MSR_MTRR_BASE0 + i + 1, width | MTRR_VALID);
        }
    }
    timed_write(MSR_MTRR_DEF_TYPE, (def_type & ~UINT64_C(0xFF)) | TYPE_UC);
    timed_write(MSR_MTRR_DEF_TYPE, def_type);
    for (uint32_t i = 0; i < 2 * count && i < 2 * VARIABLE_MAX; i++)
        timed_write(MSR_MTRR_BASE0 + i, old[i]);
    check_time();
    check_hidden();
    check_control();
}
