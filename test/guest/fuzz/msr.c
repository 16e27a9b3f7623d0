/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs with odd values. What was there comes back afterwards. */
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "lib/lapic.h"
#include "lib/msr_access.h"

/* Around these numbers, too. */
static const uint32_t pool[] = {
    0x10,       0x17,       0x3A,       0x3B,       0x79,       0x8B,       0x9B,       0xBD,
    0xC1,       0xCD,       0xE7,       0xFE,       0x10A,      0x122,      0x13A,      0x174,
    0x175,      0x176,      0x179,      0x17A,      0x186,      0x199,      0x19A,      0x1A0,
    0x1A6,      0x1AA,      0x1B0,      0x1C9,      0x1D9,      0x200,      0x201,      0x20E,
    0x20F,      0x250,      0x258,      0x268,      0x277,      0x280,      0x2FF,      0x309,
    0x345,      0x38D,      0x38F,      0x390,      0x3F1,      0x400,      0x480,      0x48D,
    0x491,      0x4C1,      0x560,      0x570,      0x580,      0x600,      0x6A0,      0x6A2,
    0x6A4,      0x6A8,      0x6E0,      0x6E1,      0x770,      0x774,      0x800,      0x808,
    0x80B,      0x80D,      0x80E,      0x82F,      0x831,      0x839,      0x83E,      0x8FF,
    0x981,      0xC80,      0xC90,      0xD90,      0xDA0,      0xDB0,      0x1200,     0x1500,
    0x17D0,     0x40000000, 0x40000070, 0x400000F0, 0x4B564D00, 0xC0000080, 0xC0000081, 0xC0000082,
    0xC0000084, 0xC0000100, 0xC0000102, 0xC0000103, 0xC00000E7, 0xC0000300, 0xC0010000, 0xC0010004,
    0xC0010010, 0xC0010015, 0xC0010016, 0xC001001A, 0xC001001F, 0xC0010020, 0xC0010044, 0xC0010055,
    0xC0010058, 0xC0010061, 0xC0010111, 0xC0010112, 0xC0010114, 0xC0010115, 0xC0010117, 0xC0010130,
    0xC0010131, 0xC0010200, 0xC0011004, 0xC0011020, 0xC0011029, 0xC0011030, 0xC001103A,
};

struct range {
    uint32_t first, last;
};

/* Whatever they do is another kind's, or would be the end of the payload: GS is its per-CPU data. */
static const struct range left_out[] = {
    {0x1B, 0x1B}, {0x830, 0x830}, {0x832, 0x837}, {0x83F, 0x83F}, {0xC0000101, 0xC0000101},
};

/* A bare machine may be lost with these: APs that start elsewhere, SMM, the page tables' bits. */
static const struct range left_out_bare[] = {
    {0xC0000080, 0xC0000080},
    {0xC0010111, 0xC0010113},
    {0xC0010010, 0xC001001F},
};

static bool is_in(const struct range *ranges, unsigned count, uint32_t msr)
{
    for (unsigned i = 0; i < count; i++)
        if (msr >= ranges[i].first && msr <= ranges[i].last)
            return true;
    return false;
}

static uint32_t pick(struct random *r)
{
    for (;;) {
        uint32_t msr = RANDOM_OF(r, pool);

        if (random_one_in(r, 4))
            msr += random_below(r, 16);
        if (random_one_in(r, 16))
            msr = (uint32_t)random_value(r, msr);
        if (!is_in(left_out, ARRAY_SIZE(left_out), msr) &&
            !(plan.bare && is_in(left_out_bare, ARRAY_SIZE(left_out_bare), msr)) &&
            !place_ends_bochs((msr - MSR_X2APIC) * 16))
            return msr;
    }
}

void kind_msr(struct random *r)
{
    struct msr_access old = {.msr = pick(r)}, new;
    struct fault fault;
    const bool readable = !trap_call(msr_do_read, &old, &fault);

    for (unsigned i = random_below(r, 3); i > 0; i--) {
        new = (struct msr_access){old.msr, random_value(r, old.value)};
        if (!trap_call(msr_do_write, &new, &fault) && readable)
            trap_call(msr_do_write, &old, &fault);
    }
}
