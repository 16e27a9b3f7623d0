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

/* What a variable range covers, from `first` to `last`. */
struct span {
    hpa_t first, last;
    enum pt_memtype type;
};

/*
 * Returns false if the range is not in use. A mask with holes cuts all of memory into pages of one
 * type and of another ("Range Size and Alignment Requirement" has none). Its span is the smallest
 * block without holes, and uncached, which is always correct: so the number of types does not
 * depend on the mask.
 */
static bool span_of(const struct mtrr *m, unsigned i, struct span *s)
{
    uint64_t width = (BIT(m->phys_bits) - 1) & PAGE_MASK, mask = m->variable[i].mask & width;
    uint64_t inside = ~mask & (BIT(m->phys_bits) - 1); /* address bits that vary in the span */

    if (!(m->variable[i].mask & MASK_VALID))
        return false;
    s->type = inside & (inside + 1) ? PT_UC : valid_type(m->variable[i].base);
    if (inside & (inside + 1))
        inside = (UINT64_MAX >> __builtin_clzll(inside));
    s->first = m->variable[i].base & width & ~inside;
    s->last = s->first | inside;
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

/* *end becomes the first address behind `pa` where a variable range begins or has ended. */
static enum pt_memtype variable_type(const struct mtrr *m, hpa_t pa, hpa_t *end)
{
    bool any = false;
    enum pt_memtype type = valid_type(m->def_type & DEF_TYPE_TYPE);
    struct span s;

    for (unsigned i = 0; i < m->variable_count; i++) {
        if (!span_of(m, i, &s) || s.last < pa)
            continue;
        hpa_t edge = s.first > pa ? s.first : s.last + 1;
        *end = edge < *end ? edge : *end;
        if (s.first > pa)
            continue;
        type = any ? combine(type, s.type) : s.type;
        any = true;
    }
    return type;
}

enum pt_memtype mtrr_type(const struct mtrr *m, hpa_t pa, uint64_t *size)
{
    uint64_t granule;
    hpa_t end = MTRR_END;
    enum pt_memtype type = PT_UC;

    if (mtrr_enabled(m) && fixed_in_use(m) && pa < MIB) {
        type = fixed_type(m, pa, &granule);
        end = ALIGN_DOWN(pa, granule) + granule;
    } else if (mtrr_enabled(m)) {
        type = variable_type(m, pa, &end);
    }
    *size = end - pa;
    return type;
}
