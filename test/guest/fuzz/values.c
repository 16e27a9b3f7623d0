/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers that somebody is likely to have forgotten. */
#include "fuzz/random.h"

static const uint64_t corners[] = {
    0,
    1,
    UINT64_MAX,
    UINT32_MAX,
    BIT(31),
    BIT(63),
    BIT(47),                      /* not canonical */
    UINT64_C(0xFFFF800000000000), /* canonical */
    UINT64_C(0xFEE00000),         /* the LAPIC page */
    UINT64_C(0xFEE00FFF),
    UINT64_C(0xFEE01000),
    UINT64_C(0xFEC00000),
    UINT64_C(0x0606060606060606),
    UINT64_C(0x0007040600070406),
    UINT64_C(0xFFFFF000),
    UINT64_C(0x000FFFFFFFFFF000),
};

uint64_t random_value(struct random *r, uint64_t old)
{
    const uint64_t bit = BIT(random_below(r, 64));

    switch (random_below(r, 8)) {
    case 0:
        return RANDOM_OF(r, corners);
    case 1:
        return bit;
    case 2:
        return old ^ bit;
    case 3:
        return old ^ bit ^ BIT(random_below(r, 64));
    case 4:
        return old ^ BIT(random_below(r, 12));
    case 5:
        return random_64(r) & UINT32_MAX;
    case 6:
        return random_64(r) >> random_below(r, 64);
    default:
        return random_64(r);
    }
}
