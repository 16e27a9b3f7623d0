/* SPDX-License-Identifier: GPL-2.0-only */
/* Negotiation of VMX control words: every bit alone, real CPUs' words, and the list of names. */
#include "core/vmx/vmx_caps.h"

#include "test.h"

static uint64_t capability(uint32_t must, uint32_t may)
{
    return (uint64_t)may << 32 | must;
}

/* One control against each of the four things that a CPU can say about it. */
static void one_bit(void)
{
    static const struct {
        enum vmx_wish wish;
        bool must, may, set, missing;
    } rows[] = {
        {VMX_NEEDED, false, true, true, false},    {VMX_NEEDED, true, true, true, false},
        {VMX_NEEDED, false, false, false, true},   {VMX_OPTIONAL, false, true, true, false},
        {VMX_OPTIONAL, true, true, true, false},   {VMX_OPTIONAL, false, false, false, false},
        {VMX_REFUSED, false, true, false, false},  {VMX_REFUSED, true, true, true, true},
        {VMX_REFUSED, false, false, false, false},
    };

    for (unsigned n = 0; n < 32; n++) {
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            const struct vmx_control control = {BIT32(n), rows[i].wish, "it"};
            const uint32_t must = rows[i].must ? BIT32(n) : 0, may = rows[i].may ? BIT32(n) : 0;
            struct vmx_missing m = {.used = 0};
            const uint32_t word = vmx_negotiate(capability(must, may), &control, 1, &m);

            CHECK_MSG(word == (rows[i].set ? BIT32(n) : 0), "bit %u row %zu: %x", n, i, word);
            CHECK_MSG((m.used != 0) == rows[i].missing, "bit %u row %zu: %s", n, i, m.text);
        }
    }
}

/* Bits that nobody asked for are as the CPU fixes them, and 0 where it does not. */
static void the_rest(void)
{
    static const struct vmx_control controls[] = {
        {BIT32(28), VMX_NEEDED, "MSR bitmaps"},
        {BIT32(31), VMX_NEEDED, "secondary controls"},
        {BIT32(15), VMX_REFUSED, "CR3-load exiting"},
    };
    struct vmx_missing m = {.used = 0};

    /* IA32_VMX_TRUE_PROCBASED_CTLS, then IA32_VMX_PROCBASED_CTLS of a Skylake */
    CHECK_EQ(vmx_negotiate(0xFFF9FFFE04006172, controls, 3, &m), 0x94006172);
    CHECK_EQ(m.used, 0);
    CHECK_EQ(vmx_negotiate(0xFFF9FFFE0401E172, controls, 3, &m), 0x9401E172);
    CHECK_STR(m.text, "CR3-load exiting: cannot be switched off");
}

static void names(void)
{
    static const struct vmx_control controls[] = {
        {BIT32(1), VMX_NEEDED, "EPT"},
        {BIT32(5), VMX_OPTIONAL, "VPID"},
        {BIT32(7), VMX_NEEDED, "unrestricted guest"},
    };
    struct vmx_missing m = {.used = 0};

    CHECK_EQ(vmx_negotiate(capability(0, 0), controls, 3, &m), 0);
    CHECK_STR(m.text, "EPT, unrestricted guest");
    for (unsigned i = 0; i < 100; i++)
        vmx_missing_add(&m, "and another one", "too long a list");
    CHECK_EQ(m.used, sizeof(m.text) - 1);
    CHECK_EQ(strlen(m.text), sizeof(m.text) - 1);
}

int main(void)
{
    TEST_RUN(one_bit);
    TEST_RUN(the_rest);
    TEST_RUN(names);
    return test_done();
}
