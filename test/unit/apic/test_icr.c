/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICR decoding: the rules of the guest's view, for all combinations of delivery mode, destination
 * mode, level, trigger mode and shorthand. The tests build a raw value by adding decimal weights,
 * so they share no mask with the code.
 */
#include "apic/icr.h"

#include <lapwing/errno.h>

#include "apic/apic_regs.h"
#include "test.h"

/* One combination of fields, and what it adds up to in bits 31:0. */
struct fields {
    unsigned vector, mode, logical, assert_, level, shorthand;
};

static uint64_t sum(struct fields f)
{
    return f.vector + f.mode * 256 + f.logical * 2048 + f.assert_ * 16384 + f.level * 32768 +
           f.shorthand * 262144;
}

/* Counts through all 256 combinations of everything but the vector. */
static struct fields nth(unsigned n, unsigned vector)
{
    return (struct fields){
        .vector = vector,
        .mode = n % 8,
        .logical = n / 8 % 2,
        .assert_ = n / 16 % 2,
        .level = n / 32 % 2,
        .shorthand = n / 64,
    };
}

#define COMBINATIONS 256

static const unsigned vectors[] = {0, 1, 15, 16, 0x9a, 0xff};
static const uint32_t dests[] = {0, 1, 0x7f, 0xfe, 0xff};
static const uint32_t wide_dests[] = {0, 0xff, 0x100, 0x10001, 0xfffffffe, 0xffffffff};

/* What a guest may leave in bits that mean nothing, the delivery status among them. */
static const uint64_t junk[] = {0, 0x1000, 0xfff32000, 0xfff33000};

static void check_decoded(uint64_t raw, bool x2apic, struct fields f, uint32_t dest)
{
    const struct ipi_msg m = icr_decode(raw, x2apic);
    const bool same = (unsigned)m.mode == f.mode && m.vector == f.vector && m.dest == dest &&
                      m.logical == (f.logical != 0) && (unsigned)m.shorthand == f.shorthand &&
                      m.x2apic == x2apic;

    CHECK_MSG(same, "raw 0x%llx", (unsigned long long)raw);
}

static void decode(void)
{
    for (unsigned n = 0; n < COMBINATIONS; n++)
        for (size_t v = 0; v < ARRAY_SIZE(vectors); v++)
            for (size_t j = 0; j < ARRAY_SIZE(junk); j++) {
                const struct fields f = nth(n, vectors[v]);
                const uint64_t low = sum(f) + junk[j];

                /* Bits 23:0 of ICR_HI are reserved. */
                for (size_t d = 0; d < ARRAY_SIZE(dests); d++) {
                    check_decoded(icr_of_xapic(dests[d] << 24, (uint32_t)low), false, f, dests[d]);
                    check_decoded(icr_of_xapic(dests[d] << 24 | 0xffffff, (uint32_t)low), false, f,
                                  dests[d]);
                }
                for (size_t d = 0; d < ARRAY_SIZE(wide_dests); d++)
                    check_decoded(low + ((uint64_t)wide_dests[d] << 32), true, f, wide_dests[d]);
            }
}

/* Rule 1, with the numbers that 0xF00 as a mask gets wrong. */
static void logical_init_and_sipi(void)
{
    CHECK_EQ(icr_decode(0xd00, false).mode, ICR_MODE_INIT);
    CHECK(icr_decode(0xd00, false).logical);
    CHECK_EQ(icr_decode(0xe9a, false).mode, ICR_MODE_SIPI);
    CHECK_EQ(icr_decode(0xe9a, false).vector, 0x9a);
    CHECK(icr_decode(0xe9a, true).logical);
    CHECK_EQ(icr_decode(0x500, false).mode, ICR_MODE_INIT);
    CHECK_EQ(icr_decode(0x69a, true).mode, ICR_MODE_SIPI);
    CHECK(!icr_decode(0x69a, true).logical);
    CHECK_EQ(icr_decode(0xc00, false).mode, ICR_MODE_NMI);
}

/* Rule 2: bits 15, 14 and 10:8, nothing else. */
static void init_deassert(void)
{
    for (unsigned n = 0; n < COMBINATIONS; n++)
        for (size_t v = 0; v < ARRAY_SIZE(vectors); v++) {
            const struct fields f = nth(n, vectors[v]);

            CHECK_MSG(icr_is_init_deassert(sum(f)) == ((sum(f) & 0xc700) == 0x8500), "raw 0x%llx",
                      (unsigned long long)sum(f));
        }

    CHECK(!icr_is_init_deassert(0x500));
    CHECK(!icr_is_init_deassert(0xc500));
    CHECK(icr_is_init_deassert(0x8500)); /* Linux's */
    CHECK(icr_is_init_deassert(0x88500));
}

/* Rule 6, all modes and vectors, whatever the rest is. */
static void send_errors(void)
{
    for (unsigned n = 0; n < COMBINATIONS; n++)
        for (unsigned vector = 0; vector < 256; vector++) {
            const struct fields f = nth(n, vector);
            const struct ipi_msg m = icr_decode(sum(f), n % 2 == 0);
            uint32_t want = 0;

            if (f.mode < 2 && vector < 16)
                want = 0x20;
            if (f.mode == 3)
                want = 0x04;
            CHECK_EQ(icr_send_error(&m), want);
        }
}

/* Rule 8, bit by bit, alone and on top of a good value. */
static void x2apic_reserved_bits(void)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        const bool reserved = (bit >= 20 && bit <= 31) || bit == 13 || bit == 16 || bit == 17;
        const uint64_t mask = UINT64_C(1) << bit;

        CHECK_EQ(icr_x2apic_reserved(mask), reserved ? mask : 0);
        CHECK_EQ(icr_x2apic_reserved(mask | UINT64_C(0x00000001000c4500)), reserved ? mask : 0);
    }
    CHECK_EQ(icr_x2apic_reserved(~UINT64_C(0)), 0xfff32000);
    for (unsigned n = 0; n < COMBINATIONS; n++)
        CHECK_EQ(icr_x2apic_reserved(sum(nth(n, 0xff)) | 0xffffffff00000000), 0);
}

int main(void)
{
    TEST_RUN(decode);
    TEST_RUN(logical_init_and_sipi);
    TEST_RUN(init_deassert);
    TEST_RUN(send_errors);
    TEST_RUN(x2apic_reserved_bits);
    return test_done();
}
