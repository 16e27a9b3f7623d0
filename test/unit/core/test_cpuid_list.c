/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of CPUID features, against a CPU that has every feature there may ever be. */
#include "core/cpuid_list.h"

#include "test.h"

#define ALL UINT32_MAX

static struct cpuid_regs shown(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r = {ALL, ALL, ALL, ALL};

    cpuid_list_apply(leaf, subleaf, &r);
    return r;
}

static bool is_empty(uint32_t leaf, uint32_t subleaf)
{
    const struct cpuid_regs r = shown(leaf, subleaf);

    return !(r.eax | r.ebx | r.ecx | r.edx);
}

static void unknown_leaves_are_empty(void)
{
    static const uint32_t unknown[] = {3,          8,          0x12,       0x14,       0x19,
                                       0x1B,       0x1C,       0x20,       0x23,       0x24,
                                       0x1000,     0x80000009, 0x8000000A, 0x8000001B, 0x8000001C,
                                       0x8000001F, 0x80000023, 0x80000025, 0x80000027, 0xC0000000,
                                       0xC0000001, 0xFFFFFFFF};

    for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++)
        CHECK_MSG(is_empty(unknown[i], 0), "leaf %x", unknown[i]);
    CHECK(is_empty(7, 3));
    CHECK(is_empty(7, ALL));
}

static void maxima_are_clamped(void)
{
    struct cpuid_regs small = {.eax = 0xD, .ebx = 1};

    CHECK_EQ(shown(0, 0).eax, 0x1F);
    CHECK_EQ(shown(0, 0).ebx, ALL);
    CHECK_EQ(shown(0x80000000, 0).eax, 0x80000026);
    CHECK_EQ(shown(7, 0).eax, 2);
    cpuid_list_apply(0, 0, &small);
    CHECK_EQ(small.eax, 0xD);
}

static void dangerous_features_are_hidden(void)
{
    CHECK_EQ(shown(1, 0).ecx & (BIT32(2) | BIT32(4) | BIT32(5) | BIT32(6) | BIT32(11)), 0);
    CHECK_EQ(shown(1, 0).edx & BIT32(21), 0);                          /* DS */
    CHECK_EQ(shown(6, 0).eax & (BIT32(19) | BIT32(23)), 0);            /* feedback */
    CHECK_EQ(shown(7, 0).ebx & (BIT32(2) | BIT32(14) | BIT32(25)), 0); /* SGX, MPX, PT */
    CHECK_EQ(shown(7, 0).ecx & (BIT32(7) | BIT32(13) | BIT32(23) | BIT32(31)), 0);
    CHECK_EQ(shown(7, 0).edx & (BIT32(5) | BIT32(18) | BIT32(19) | BIT32(20)), 0);
    CHECK_EQ(shown(7, 1).eax & (BIT32(17) | BIT32(26) | BIT32(27)), 0);         /* FRED, LAM */
    CHECK_EQ(shown(0x80000001, 0).ecx & (BIT32(2) | BIT32(10) | BIT32(12)), 0); /* SVM, IBS */
    CHECK_EQ(shown(0x80000008, 0).ebx & BIT32(3), 0);                           /* INVLPGB */
    CHECK_EQ(shown(0x80000022, 0).eax, 1);
}

static void extended_states(void)
{
    CHECK_EQ(shown(0xD, 0).eax, 0x602E7);
    CHECK_EQ(shown(0xD, 0).edx, 0);
    CHECK_EQ(shown(0xD, 0).ebx, ALL);
    CHECK_EQ(shown(0xD, 1).eax, 0x1F);
    CHECK_EQ(shown(0xD, 1).ecx | shown(0xD, 1).edx, 0);
    CHECK_EQ(shown(0xD, 2).eax, ALL);
    CHECK_EQ(shown(0xD, 18).eax, ALL);
    CHECK(is_empty(0xD, 3));  /* MPX */
    CHECK(is_empty(0xD, 8));  /* Processor Trace */
    CHECK(is_empty(0xD, 11)); /* CET */
    CHECK(is_empty(0xD, 62));
    CHECK(is_empty(0xD, ALL));
}

/* Kernels do not start without these, and would be slow without others. */
static void needed_features_are_shown(void)
{
    CHECK_EQ(shown(1, 0).edx & 0x07888BFFU & ~BIT32(10), 0x07888BFFU & ~BIT32(10));
    CHECK_EQ(shown(0x80000001, 0).edx & (BIT32(11) | BIT32(20) | BIT32(26) | BIT32(27) | BIT32(29)),
             BIT32(11) | BIT32(20) | BIT32(26) | BIT32(27) | BIT32(29));
    CHECK_EQ(shown(1, 0).ecx & BIT32(21), BIT32(21));
    CHECK_EQ(shown(7, 0).edx & BIT32(26), BIT32(26));
    CHECK_EQ(shown(0x80000007, 0).edx & BIT32(8), BIT32(8));
    CHECK_EQ(shown(4, 3).ebx, ALL);
    CHECK_EQ(shown(0xB, 1).edx, ALL);
}

int main(void)
{
    TEST_RUN(unknown_leaves_are_empty);
    TEST_RUN(maxima_are_clamped);
    TEST_RUN(dangerous_features_are_hidden);
    TEST_RUN(extended_states);
    TEST_RUN(needed_features_are_shown);
    return test_done();
}
