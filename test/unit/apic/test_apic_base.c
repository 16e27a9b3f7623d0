/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IA32_APIC_BASE: every old mode, all values of bits 11:0, several addresses and widths, against a
 * model: the manual's figure as a matrix of characters.
 */
#include "apic/apic_base.h"

#include "test.h"

#define PAGE UINT64_C(0xfee00000)

/*
 * Rows: from disabled, xAPIC, x2APIC. Columns: bits EXTD and EN of the new value, as 2 * EXTD + EN.
 */
static const char *const legal[3] = {
    /* off, xAPIC, EXTD alone, x2APIC */
    "yy--",
    "yy-y",
    "y--y",
};
static const uint64_t old_bits[3] = {0, 0x800, 0xc00};

static enum apic_base_verdict model(unsigned from, uint64_t value, bool x2apic_supported,
                                    unsigned width)
{
    const unsigned en = value / 2048 % 2;
    const unsigned extd = value / 1024 % 2;

    for (unsigned bit = 0; bit < 64; bit++)
        if ((bit < 8 || bit == 9 || bit >= width) && (value >> bit) % 2 == 1)
            return APIC_BASE_GP;
    if (extd == 1 && !x2apic_supported)
        return APIC_BASE_GP;
    if (legal[from][2 * extd + en] != 'y')
        return APIC_BASE_GP;
    return value / 4096 == 0xfee00 ? APIC_BASE_OK : APIC_BASE_GP_MOVED;
}

static void check(unsigned from, uint64_t value, bool x2apic_supported, bool is_bsp, unsigned width)
{
    const uint64_t bsp = is_bsp ? 0x100 : 0;
    const uint64_t old = PAGE + old_bits[from] + bsp;
    const enum apic_base_verdict want = model(from, value, x2apic_supported, width);
    enum apic_base_verdict verdict = APIC_BASE_GP;
    const uint64_t next = apic_base_write(old, value, x2apic_supported, is_bsp, width, &verdict);
    const uint64_t mode = value / 1024 % 4 * 1024;

    CHECK_MSG(verdict == want, "old 0x%llx, new 0x%llx, x2APIC %d, width %u: %d, want %d",
              (unsigned long long)old, (unsigned long long)value, x2apic_supported, width, verdict,
              want);
    CHECK_EQ(next, want == APIC_BASE_OK ? PAGE + mode + bsp : old);
}

static void all_writes(void)
{
    static const uint64_t pages[] = {
        PAGE,
        0,
        0xfee01000,
        0xfed00000,
        0x1fee00000,
        0x8fee00000,
        0x80fee00000,
        0x100fee00000,
        0x80000fee00000,
        0x100000fee00000,
        0x80000000fee00000,
    };
    static const unsigned widths[] = {32, 36, 39, 40, 46, 52};

    for (unsigned from = 0; from < 3; from++)
        for (size_t p = 0; p < ARRAY_SIZE(pages); p++)
            for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
                for (uint64_t low = 0; low < 4096; low++)
                    for (unsigned n = 0; n < 4; n++)
                        check(from, pages[p] + low, n % 2 == 1, n / 2 == 1, widths[w]);
}

/* The rows of the manual's figure once more, by name. */
static void named_transitions(void)
{
    static const struct {
        uint64_t old, value;
        enum apic_base_verdict want;
    } rows[] = {
        {0xfee00000, 0xfee00800, APIC_BASE_OK}, /* disabled -> xAPIC */
        {0xfee00800, 0xfee00c00, APIC_BASE_OK}, /* xAPIC -> x2APIC */
        {0xfee00c00, 0xfee00000, APIC_BASE_OK}, /* x2APIC -> disabled */
        {0xfee00800, 0xfee00000, APIC_BASE_OK}, /* xAPIC -> disabled */
        {0xfee00c00, 0xfee00800, APIC_BASE_GP}, /* x2APIC -> xAPIC */
        {0xfee00000, 0xfee00c00, APIC_BASE_GP}, /* disabled -> x2APIC */
        {0xfee00c00, 0xfee00400, APIC_BASE_GP}, /* EXTD without EN, from anywhere */
        {0xfee00800, 0xfee00400, APIC_BASE_GP},       {0xfee00000, 0xfee00400, APIC_BASE_GP},
        {0xfee00c00, 0xfee00c00, APIC_BASE_OK}, /* what is there already */
        {0xfee00800, 0xfee00800, APIC_BASE_OK},       {0xfee00000, 0xfee00000, APIC_BASE_OK},
        {0xfee00800, 0xfed00800, APIC_BASE_GP_MOVED}, {0xfee00800, 0xfed00c00, APIC_BASE_GP_MOVED},
        {0xfee00c00, 0xfed00800, APIC_BASE_GP}, /* the illegal transition is told first */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        enum apic_base_verdict verdict = APIC_BASE_OK;

        apic_base_write(rows[i].old, rows[i].value, true, false, 40, &verdict);
        CHECK_MSG(verdict == rows[i].want, "row %zu", i);
    }
}

static void bsp_flag_is_kept(void)
{
    enum apic_base_verdict verdict;

    CHECK_EQ(apic_base_write(0xfee00900, 0xfee00800, false, true, 40, &verdict), 0xfee00900);
    CHECK_EQ(verdict, APIC_BASE_OK);
    CHECK_EQ(apic_base_write(0xfee00800, 0xfee00900, false, false, 40, &verdict), 0xfee00800);
    CHECK_EQ(verdict, APIC_BASE_OK);
}

static void absurd_widths(void)
{
    enum apic_base_verdict verdict;

    apic_base_write(0xfee00800, 0x80000000fee00800, false, false, 64, &verdict);
    CHECK_EQ(verdict, APIC_BASE_GP_MOVED);
    apic_base_write(0xfee00800, 0x80000000fee00800, false, false, 255, &verdict);
    CHECK_EQ(verdict, APIC_BASE_GP_MOVED);
    apic_base_write(0xfee00800, 0xfee00800, false, false, 0, &verdict);
    CHECK_EQ(verdict, APIC_BASE_GP);
}

static void modes(void)
{
    CHECK_EQ(apic_base_mode(0xfee00100), APIC_MODE_DISABLED);
    CHECK_EQ(apic_base_mode(0xfee00900), APIC_MODE_XAPIC);
    CHECK_EQ(apic_base_mode(0xfee00d00), APIC_MODE_X2APIC);
    CHECK_EQ(apic_base_mode(0xfee00500), APIC_MODE_INVALID);
}

int main(void)
{
    TEST_RUN(all_writes);
    TEST_RUN(named_transitions);
    TEST_RUN(bsp_flag_is_kept);
    TEST_RUN(absurd_widths);
    TEST_RUN(modes);
    return test_done();
}
