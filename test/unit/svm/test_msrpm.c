/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR permission map: each MSR moves its own two bits and no others, at the manual's places. */
#include "core/svm/msrpm.h"

#include "test.h"

static unsigned bits_set(const struct msrpm *m)
{
    unsigned n = 0;

    for (size_t i = 0; i < sizeof(*m); i++)
        n += (unsigned)__builtin_popcount(m->bits[i]);
    return n;
}

static bool bit_at(const struct msrpm *m, size_t bit)
{
    return m->bits[bit / 8] >> (bit % 8) & 1;
}

static void places(void)
{
    static const uint32_t firsts[] = {0, 0xC0000000, 0xC0010000};

    for (uint32_t range = 0; range < 3; range++) {
        for (uint32_t n = 0; n < 0x2000; n++) {
            const uint32_t msr = firsts[range] + n;
            const size_t bit = range * 0x4000 + 2 * n;
            struct msrpm m = {.bits = {0}};

            msrpm_set(&m, msr, msr, true, false);
            CHECK(bits_set(&m) == 1 && bit_at(&m, bit));
            msrpm_set(&m, msr, msr, false, true);
            CHECK(bits_set(&m) == 1 && bit_at(&m, bit + 1));
            msrpm_set(&m, msr, msr, true, true);
            CHECK(bits_set(&m) == 2);
            msrpm_set(&m, msr, msr, false, false);
            CHECK_EQ(bits_set(&m), 0);
        }
    }
}

/* They always exit: there is no bit that could be changed by mistake. */
static void outside(void)
{
    static const uint32_t msrs[] = {0x2000,     0x40000000, 0xBFFFFFFF, 0xC0002000,
                                    0xC000FFFF, 0xC0012000, 0xFFFFFFFF};
    struct msrpm m = {.bits = {0}};

    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++)
        msrpm_set(&m, msrs[i], msrs[i], true, true);
    CHECK_EQ(bits_set(&m), 0);
}

/* From outside into a range, out of one, over all of one, and within one. */
static void spans(void)
{
    static const struct {
        uint32_t first, last;
        unsigned msrs;
        size_t bit; /* of the first */
    } s[] = {
        {0xBFFFFFF0, 0xC0000002, 3, 0x4000}, {0xC0001FFE, 0xC0002FFF, 2, 0x4000 + 2 * 0x1FFE},
        {0x1FFF, 0xC0000000, 2, 2 * 0x1FFF}, {0x3000, 0xFFFFFFFF, 0x4000, 0x4000},
        {0x400, 0x47F, 0x80, 0x800},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(s); i++) {
        struct msrpm m = {.bits = {0}};

        msrpm_set(&m, s[i].first, s[i].last, true, false);
        CHECK_EQ(bits_set(&m), s[i].msrs);
        CHECK(bit_at(&m, s[i].bit));
    }
}

int main(void)
{
    TEST_RUN(spans);
    TEST_RUN(places);
    TEST_RUN(outside);
    return test_done();
}
