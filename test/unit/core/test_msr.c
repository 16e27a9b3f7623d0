/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of trapped MSRs and the lists of open ones. Where rows overlap, the permission map must
 * follow the first one, and an exit must find the first one. What neither names is trapped and
 * raises #GP.
 */
#include "core/msr.h"

#include <lapwing/string.h>
#include "apic/apic.h"
#include "core/cpuid.h"
#include "core/virt.h"
#include "test.h"

#define FIRST 0x800
#define LAST  0x80F

static bool trapped_read[0x2000], trapped_write[0x2000];
static unsigned row_called;

static unsigned forgotten;
static bool fault = true; /* of the MSRs that the hardware is asked for */

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = 0;
    return fault ? -1 : 0;
}

int wrmsr_safe(uint32_t index, uint64_t value)
{
    (void)index;
    (void)value;
    return fault ? -1 : 0;
}

void cpuid_forget(void)
{
    forgotten++;
}

static enum exit_result write_one(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    row_called = 1;
    return EXIT_SKIP_INSN;
}

static enum exit_result write_range(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    row_called = 2;
    return EXIT_SKIP_INSN;
}

static enum exit_result write_vendors(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    row_called = 3;
    return EXIT_SKIP_INSN;
}

/* One MSR before the range that holds it; and a range that is open although the vendor's is not. */
const struct msr_trap apic_msr_traps[] = {
    {.first = FIRST + 1, .last = FIRST + 1, .write = write_one},
    {.first = FIRST + 2, .last = FIRST + 2, .write = write_one, .open_at_first = MSR_OPEN_WRITE},
    {.first = FIRST, .last = LAST, .read = msr_read_gp, .write = write_range},
};
const unsigned apic_msr_trap_count = ARRAY_SIZE(apic_msr_traps);
const struct msr_trap apic_base_traps[] = {{.first = 0x1B, .last = 0x1B, .write = write_one}};
const unsigned apic_base_trap_count = ARRAY_SIZE(apic_base_traps);
const struct msr_trap virt_msr_traps[] = {
    {.first = FIRST, .last = LAST + 1, .read = msr_read_gp, .write = write_vendors},
};
const unsigned virt_msr_trap_count = ARRAY_SIZE(virt_msr_traps);
const struct msr_open_range virt_msr_open_ranges[] = {
    MSR_OPEN(LAST, LAST + 3, BOTH), /* up to LAST + 1 the rows win */
    MSR_OPEN(LAST + 4, LAST + 4, READ),
};
const unsigned virt_msr_open_range_count = ARRAY_SIZE(virt_msr_open_ranges);

void virt_trap_msrs(struct vcpu *v, uint32_t first, uint32_t last, bool read, bool write)
{
    (void)v;
    for (uint32_t msr = first; msr <= last && msr < ARRAY_SIZE(trapped_read); msr++) {
        trapped_read[msr] = read;
        trapped_write[msr] = write;
    }
}

static unsigned row_of(uint32_t msr)
{
    static struct vcpu v;

    row_called = 0;
    CHECK_EQ(msr_handle_write(&v, msr), EXIT_SKIP_INSN);
    return row_called;
}

static void first_row_is_found(void)
{
    CHECK_EQ(row_of(FIRST), 2);
    CHECK_EQ(row_of(FIRST + 1), 1);
    CHECK_EQ(row_of(LAST), 2);
    CHECK_EQ(row_of(LAST + 1), 3);
}

static void first_row_makes_the_map(void)
{
    static struct vcpu v;

    memset(trapped_read, true, sizeof(trapped_read));
    memset(trapped_write, true, sizeof(trapped_write));
    msr_traps_apply(&v);
    CHECK(trapped_read[FIRST] && trapped_write[FIRST]);
    CHECK(!trapped_read[FIRST + 1] && trapped_write[FIRST + 1]);
    CHECK(!trapped_read[FIRST + 2] && !trapped_write[FIRST + 2]);
    CHECK(trapped_read[LAST + 1] && trapped_write[LAST + 1]);
    CHECK(trapped_write[0x1B] && !trapped_write[LAST + 2]);
}

/* 10H is open for both vendors. 560H and 17D0H write to physical memory. */
static void only_what_is_named_is_open(void)
{
    static const uint32_t unlisted[] = {0x9B, 0x480, 0x560, 0x58F, 0x600, 0x981, 0x17D0, LAST + 5};
    static struct vcpu v;

    CHECK(!trapped_read[0x10] && !trapped_write[0x10]);
    CHECK(!trapped_read[LAST + 3] && !trapped_write[LAST + 3]);
    CHECK(!trapped_read[LAST + 4] && trapped_write[LAST + 4]);
    CHECK_EQ(msr_handle_write(&v, LAST + 4), EXIT_INJECT_GP);
    for (unsigned i = 0; i < ARRAY_SIZE(unlisted); i++) {
        CHECK(trapped_read[unlisted[i]] && trapped_write[unlisted[i]]);
        CHECK_EQ(msr_handle_read(&v, unlisted[i]), EXIT_INJECT_GP);
        CHECK_EQ(msr_handle_write(&v, unlisted[i]), EXIT_INJECT_GP);
    }
    CHECK_EQ(msr_handle_read(&v, 0x40000000), EXIT_INJECT_GP);
}

/* What CPUID shows may have changed, if the CPU took the value. */
static void cpuid_is_asked_anew(void)
{
    static struct vcpu v;

    fault = false;
    CHECK_EQ(msr_handle_write(&v, MSR_MISC_ENABLE), EXIT_SKIP_INSN);
    CHECK_EQ(forgotten, 1);
    fault = true;
    CHECK_EQ(msr_handle_write(&v, MSR_MISC_ENABLE), EXIT_INJECT_GP);
    CHECK_EQ(forgotten, 1);
}

int main(void)
{
    TEST_RUN(first_row_is_found);
    TEST_RUN(first_row_makes_the_map);
    TEST_RUN(only_what_is_named_is_open);
    TEST_RUN(cpuid_is_asked_anew);
    return test_done();
}
