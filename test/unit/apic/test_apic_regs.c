/* SPDX-License-Identifier: GPL-2.0-only */
/* The register tables against a second copy of the manual's address maps, written as text. */
#include "apic/apic_regs.h"

#include "apic/dest.h"
#include "apic/icr.h"
#include "test.h"

/* Everything not listed is reserved. Access: xAPIC read, write, x2APIC read, write. */
static const struct expected {
    unsigned first, last;
    const char *access;
    uint32_t xapic_reserved, x2apic_reserved; /* in writes */
    uint32_t reset;
} map[] = {
    {0x020, 0x020, "rwr-", 0x00ffffff, 0xffffffff, 0},
    {0x030, 0x030, "r-r-", 0xffffffff, 0xffffffff, 0},
    {0x080, 0x080, "rwrw", 0xffffff00, 0xffffff00, 0},
    {0x090, 0x090, "r---", 0xffffffff, 0xffffffff, 0},
    {0x0a0, 0x0a0, "r-r-", 0xffffffff, 0xffffffff, 0},
    {0x0b0, 0x0b0, "-w-w", 0x00000000, 0xffffffff, 0},
    {0x0c0, 0x0c0, "r---", 0xffffffff, 0xffffffff, 0},
    {0x0d0, 0x0d0, "rwr-", 0x00ffffff, 0xffffffff, 0},
    {0x0e0, 0x0e0, "rw--", 0x0fffffff, 0xffffffff, 0xffffffff},
    {0x0f0, 0x0f0, "rwrw", 0xffffec00, 0xffffec00, 0x000000ff},
    {0x100, 0x270, "r-r-", 0xffffffff, 0xffffffff, 0},
    {0x280, 0x280, "rwrw", 0xffffff00, 0xffffffff, 0},
    {0x2f0, 0x2f0, "rwrw", 0xfffee800, 0xfffee800, 0x00010000},
    {0x300, 0x300, "rwrw", 0xfff32000, 0xfff32000, 0},
    {0x310, 0x310, "rw--", 0x00ffffff, 0xffffffff, 0},
    {0x320, 0x320, "rwrw", 0xfff8ef00, 0xfff8ef00, 0x00010000},
    {0x330, 0x340, "rwrw", 0xfffee800, 0xfffee800, 0x00010000},
    {0x350, 0x360, "rwrw", 0xfffe0800, 0xfffe0800, 0x00010000},
    {0x370, 0x370, "rwrw", 0xfffeef00, 0xfffeef00, 0x00010000},
    {0x380, 0x380, "rwrw", 0x00000000, 0x00000000, 0},
    {0x390, 0x390, "r-r-", 0xffffffff, 0xffffffff, 0},
    {0x3e0, 0x3e0, "rwrw", 0xfffffff4, 0xfffffff4, 0},
    {0x3f0, 0x3f0, "---w", 0xffffffff, 0xffffff00, 0},
};

static struct expected expected(unsigned offset)
{
    for (size_t i = 0; i < ARRAY_SIZE(map); i++)
        if (offset >= map[i].first && offset <= map[i].last && offset % 16 == 0)
            return map[i];
    return (struct expected){offset, offset, "----", 0xffffffff, 0xffffffff, 0};
}

static void address_map(void)
{
    for (unsigned offset = 0; offset < 0x1100; offset++) {
        const struct expected e = expected(offset);

        CHECK_EQ(apic_reg_readable(offset, false), e.access[0] == 'r');
        CHECK_EQ(apic_reg_writable(offset, false), e.access[1] == 'w');
        CHECK_EQ(apic_reg_readable(offset, true), e.access[2] == 'r');
        CHECK_EQ(apic_reg_writable(offset, true), e.access[3] == 'w');
        CHECK_MSG(apic_reg_reserved(offset, false) == e.xapic_reserved, "offset 0x%x", offset);
        CHECK_MSG(apic_reg_reserved(offset, true) == e.x2apic_reserved, "offset 0x%x", offset);
        CHECK_MSG(apic_reg_reset(offset) == e.reset, "offset 0x%x", offset);
    }
    CHECK(!apic_reg_readable(0xfffffff0, false)); /* no wrap, no read behind the table */
}

static void x2apic_writes(void)
{
    for (unsigned offset = 0; offset < 0x400; offset += 16)
        for (unsigned bit = 0; bit < 64; bit++) {
            const uint64_t mask = UINT64_C(1) << bit;
            const bool upper_is_fine = offset == 0x300;
            uint64_t want = mask & expected(offset).x2apic_reserved;

            if (bit >= 32)
                want = upper_is_fine ? 0 : mask;
            CHECK_EQ(apic_reg_x2apic_reserved(offset, mask), want);
            CHECK_EQ(apic_reg_x2apic_reserved(offset, 0), 0);
        }
    /* The ICR's own function says the same. */
    for (unsigned bit = 0; bit < 64; bit++)
        CHECK_EQ(apic_reg_x2apic_reserved(APIC_REG_ICR_LO, UINT64_C(1) << bit),
                 icr_x2apic_reserved(UINT64_C(1) << bit));
}

static void msr_numbers(void)
{
    unsigned offset = 1;

    CHECK_EQ(apic_reg_to_msr(APIC_REG_ID), 0x802);
    CHECK_EQ(apic_reg_to_msr(APIC_REG_ICR_LO), APIC_MSR_X2APIC_ICR);
    CHECK_EQ(apic_reg_to_msr(APIC_REG_SELF_IPI), APIC_MSR_X2APIC_SELF_IPI);
    CHECK(!apic_reg_from_msr(0x7ff, &offset));
    CHECK(!apic_reg_from_msr(0x900, &offset));
    CHECK(!apic_reg_from_msr(0xffffffff, &offset));
    CHECK_EQ(offset, 1);
    for (uint32_t msr = 0x800; msr < 0x900; msr++) {
        CHECK(apic_reg_from_msr(msr, &offset));
        CHECK_EQ(apic_reg_to_msr(offset), msr);
    }
}

/* Numbers that everybody knows, as they are in the manual. */
static void bits(void)
{
    CHECK_EQ(APIC_BASE_PA | APIC_BASE_EN | APIC_BASE_BSP, 0xfee00900);
    CHECK_EQ(APIC_BASE_EXTD, 0x400);
    CHECK_EQ(APIC_SVR_ENABLE | APIC_SVR_VECTOR, 0x1ff);
    CHECK_EQ(APIC_SVR_EOI_SUPPRESS, 0x1000);
    CHECK_EQ(APIC_ESR_SEND_ILLEGAL_VECTOR | APIC_ESR_ILLEGAL_REGISTER, 0xa0);
    CHECK_EQ(APIC_LVT_TIMER_TSC_DEADLINE | APIC_LVT_MASKED, 0x50000);
    CHECK_EQ(APIC_REG_IRR_LAST, APIC_REG_IRR + 7 * APIC_REG_STRIDE);
}

int main(void)
{
    TEST_RUN(address_map);
    TEST_RUN(x2apic_writes);
    TEST_RUN(msr_numbers);
    TEST_RUN(bits);
    return test_done();
}
