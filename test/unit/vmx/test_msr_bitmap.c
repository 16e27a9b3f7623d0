/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR bitmap: each MSR changes its own two bits and no others, at the manual's places. */
#include "core/vmx/msr_bitmap.h"

#include "test.h"

#define HIGH UINT32_C(0xC0000000)

static bool bit_at(const struct msr_bitmap *b, size_t part, uint32_t n)
{
    const uint8_t *bytes = (const uint8_t *)b;

    return bytes[part * 1024 + n / 8] >> (n % 8) & 1;
}

static unsigned bits_set(const struct msr_bitmap *b)
{
    const uint8_t *bytes = (const uint8_t *)b;
    unsigned n = 0;

    for (size_t i = 0; i < sizeof(*b); i++)
        n += (unsigned)__builtin_popcount(bytes[i]);
    return n;
}

/* "MSR-Bitmap Address": read low, read high, write low, write high. */
static void places(void)
{
    static const uint32_t firsts[] = {0, HIGH};

    for (uint32_t range = 0; range < 2; range++) {
        for (uint32_t n = 0; n < 0x2000; n++) {
            const uint32_t msr = firsts[range] + n;
            struct msr_bitmap b = {.read = {0}};

            msr_bitmap_set(&b, msr, msr, true, false);
            CHECK(bits_set(&b) == 1 && bit_at(&b, range, n));
            msr_bitmap_set(&b, msr, msr, false, true);
            CHECK(bits_set(&b) == 1 && bit_at(&b, 2 + range, n));
            msr_bitmap_set(&b, msr, msr, false, false);
            CHECK(bits_set(&b) == 0);
        }
    }
}

static void outside(void)
{
    static const uint32_t msrs[] = {0x2000, HIGH - 1, HIGH + 0x2000, 0xFFFFFFFF, 0x40000000};

    for (size_t i = 0; i < ARRAY_SIZE(msrs); i++) {
        struct msr_bitmap b = {.read = {0}};

        msr_bitmap_set(&b, msrs[i], msrs[i], true, true);
        CHECK_EQ(bits_set(&b), 0);
    }
}

/* From outside into a range, out of one, over both, and within one. */
static void spans(void)
{
    static const struct {
        uint32_t first, last, msrs, n; /* n: of the first */
        size_t part;
    } s[] = {
        {HIGH - 16, HIGH + 2, 3, 0, 1}, {HIGH + 0x1FFE, HIGH + 0x2FFF, 2, 0x1FFE, 1},
        {0x1FFF, HIGH, 2, 0x1FFF, 0},   {0, 0xFFFFFFFF, 0x4000, 0, 0},
        {0x400, 0x47F, 0x80, 0x400, 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(s); i++) {
        struct msr_bitmap b = {.read = {0}};

        msr_bitmap_set(&b, s[i].first, s[i].last, true, false);
        CHECK_EQ(bits_set(&b), s[i].msrs);
        CHECK(bit_at(&b, s[i].part, s[i].n));
    }
}

int main(void)
{
    TEST_RUN(spans);
    TEST_RUN(places);
    TEST_RUN(outside);
    return test_done();
}
