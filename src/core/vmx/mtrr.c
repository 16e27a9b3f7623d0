/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory types from MTRRs: fixed ranges below 1 MiB, variable ranges and their overlaps, the
 * default type. Pure.
 */
#include "core/vmx/mtrr.h"

#define DEF_TYPE_TYPE         GENMASK(7, 0)
#define DEF_TYPE_FIXED_ENABLE BIT(10)
#define DEF_TYPE_ENABLE       BIT(11)
#define MASK_VALID            BIT(11)
#define LARGEST_SHIFT         52

static enum pt_memtype valid_type(uint64_t type)
{
    switch (type & 0xFF) {
    case PT_WC:
    case PT_WT:
    case PT_WP:
    case PT_WB:
        return (enum pt_memtype)(type & 0xFF);
    default: /* reserved: cannot be written, so UC is the careful answer */
        return PT_UC;
    }
}

bool mtrr_enabled(const struct mtrr *m)
{
    return m->def_type & DEF_TYPE_ENABLE;
}

static bool fixed_in_use(const struct mtrr *m)
{
    return m->has_fixed && (m->def_type & DEF_TYPE_FIXED_ENABLE);
}

/*
 * Each register has eight ranges: of 64 KiB up to 512 KiB, of 16 KiB up to 768 KiB, then of 4 KiB.
 */
static enum pt_memtype fixed_type(const struct mtrr *m, hpa_t pa, uint64_t *granule)
{
    unsigned reg, range;

    if (pa < 512 * KIB) {
        *granule = 64 * KIB;
        reg = 0;
        range = (unsigned)(pa / *granule);
    } else if (pa < 768 * KIB) {
        *granule = 16 * KIB;
        range = (unsigned)((pa - 512 * KIB) / *granule);
        reg = 1 + range / 8;
    } else {
        *granule = 4 * KIB;
        range = (unsigned)((pa - 768 * KIB) / *granule);
        reg = 3 + range / 8;
    }
    return valid_type(m->fixed[reg] >> (8 * (range % 8)));
}

static uint64_t range_mask(const struct mtrr *m, unsigned i)
{
    return m->variable[i].mask & ((BIT(m->phys_bits) - 1) & PAGE_MASK);
}

/* Does variable range i contain pa? */
static bool matches(const struct mtrr *m, unsigned i, hpa_t pa)
{
    uint64_t mask = range_mask(m, i);

    return (m->variable[i].mask & MASK_VALID) && (pa & mask) == (m->variable[i].base & mask);
}

/*
 * Can range i contain some pages of the block of `size` bytes at pa, and not others? Only if its
 * mask has address bits inside the block, and the bits above do not exclude the whole block.
 */
static bool splits(const struct mtrr *m, unsigned i, hpa_t pa, uint64_t size)
{
    uint64_t mask = range_mask(m, i), above = mask & ~(size - 1);

    return (m->variable[i].mask & MASK_VALID) && (mask & (size - 1)) &&
           (pa & above) == (m->variable[i].base & above);
}

static bool uniform(const struct mtrr *m, hpa_t pa, uint64_t size)
{
    for (unsigned i = 0; i < m->variable_count; i++) {
        if (splits(m, i, pa, size))
            return false;
    }
    return true;
}

/* UC wins, and WT wins over WB ("MTRR Precedences"). Any other mix is undefined, and UC here. */
static enum pt_memtype combine(enum pt_memtype a, enum pt_memtype b)
{
    if (a == b)
        return a;
    if ((a == PT_WT && b == PT_WB) || (a == PT_WB && b == PT_WT))
        return PT_WT;
    return PT_UC;
}

static enum pt_memtype variable_type(const struct mtrr *m, hpa_t pa)
{
    bool any = false;
    enum pt_memtype type = valid_type(m->def_type & DEF_TYPE_TYPE);

    for (unsigned i = 0; i < m->variable_count; i++) {
        if (!matches(m, i, pa))
            continue;
        enum pt_memtype t = valid_type(m->variable[i].base);
        type = any ? combine(type, t) : t;
        any = true;
    }
    return type;
}

enum pt_memtype mtrr_type(const struct mtrr *m, hpa_t pa, uint64_t *size)
{
    uint64_t block = PAGE_SIZE, granule;

    if (mtrr_enabled(m) && fixed_in_use(m) && pa < MIB) {
        enum pt_memtype type = fixed_type(m, pa, &granule);
        while (block < granule && !(pa & (2 * block - 1)))
            block *= 2;
        *size = block;
        return type;
    }
    while (block < BIT(LARGEST_SHIFT) && !(pa & (2 * block - 1)) &&
           (!mtrr_enabled(m) || uniform(m, pa, 2 * block)))
        block *= 2;
    *size = block;
    return mtrr_enabled(m) ? variable_type(m, pa) : PT_UC;
}
