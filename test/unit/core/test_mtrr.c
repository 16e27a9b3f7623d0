/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory types from MTRRs: layouts of real firmware, the rules for overlaps, and random registers
 * against a model that looks at each page alone.
 */
#include "core/vmx/mtrr.h"

#include "test.h"

#define ENABLE       BIT(11)
#define FIXED_ENABLE BIT(10)
#define VALID        BIT(11)

static struct mtrr typical(void)
{
    /* 2 GiB of RAM: WB by default, UC from 2 GiB to 4 GiB, the VGA window UC, the BIOS WP. */
    struct mtrr m = {.def_type = ENABLE | FIXED_ENABLE | PT_WB,
                     .has_fixed = true,
                     .variable_count = 8,
                     .phys_bits = 40};

    m.variable[0].base = 2 * GIB | PT_UC;
    m.variable[0].mask = ((BIT(40) - 1) & ~(2 * GIB - 1)) | VALID;
    m.fixed[0] = m.fixed[1] = UINT64_C(0x0606060606060606);
    for (unsigned i = 3; i < MTRR_FIXED_COUNT; i++)
        m.fixed[i] = UINT64_C(0x0505050505050505);
    return m;
}

static void typical_layout(void)
{
    static const struct {
        hpa_t pa;
        enum pt_memtype type;
        uint64_t size;
    } rows[] = {
        {0, PT_WB, 64 * KIB},
        {0x1000, PT_WB, 60 * KIB},
        {0x70000, PT_WB, 64 * KIB},
        {0x80000, PT_WB, 16 * KIB},
        {0x9C000, PT_WB, 16 * KIB},
        {0xA0000, PT_UC, 16 * KIB},
        {0xBC000, PT_UC, 16 * KIB},
        {0xC0000, PT_WP, 4 * KIB},
        {0xFF000, PT_WP, 4 * KIB},
        {MIB, PT_WB, 2 * GIB - MIB},
        {2 * MIB, PT_WB, 2 * GIB - 2 * MIB},
        {GIB, PT_WB, GIB},
        {2 * GIB, PT_UC, 2 * GIB},
        {3 * GIB, PT_UC, GIB},
        {4 * GIB, PT_WB, BIT(52) - 4 * GIB},
        {6 * GIB, PT_WB, BIT(52) - 6 * GIB},
    };
    const struct mtrr m = typical();

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t size = 0;
        const enum pt_memtype type = mtrr_type(&m, rows[i].pa, &size);

        CHECK_MSG(type == rows[i].type && size == rows[i].size, "row %zu: type %d size %llx", i,
                  (int)type, (unsigned long long)size);
    }
}

static void switched_off(void)
{
    struct mtrr m = typical();
    uint64_t size;

    CHECK(mtrr_enabled(&m));
    m.def_type &= ~ENABLE;
    CHECK(!mtrr_enabled(&m));
    CHECK_EQ(mtrr_type(&m, MIB, &size), PT_UC);
    CHECK_EQ(mtrr_type(&m, 0, &size), PT_UC);
    CHECK(size > 512 * GIB);

    m.def_type = ENABLE | PT_WB; /* fixed ranges off: the variable ones and the default count */
    CHECK_EQ(mtrr_type(&m, 0xA0000, &size), PT_WB);
    m.def_type = ENABLE | FIXED_ENABLE | PT_WB;
    m.has_fixed = false;
    CHECK_EQ(mtrr_type(&m, 0xA0000, &size), PT_WB);
}

static void overlaps(void)
{
    static const struct {
        enum pt_memtype a, b, both;
    } rows[] = {
        {PT_WB, PT_WB, PT_WB}, {PT_WB, PT_UC, PT_UC}, {PT_UC, PT_WB, PT_UC},
        {PT_WT, PT_WB, PT_WT}, {PT_WB, PT_WT, PT_WT}, {PT_WC, PT_UC, PT_UC},
        {PT_WC, PT_WB, PT_UC}, {PT_WT, PT_UC, PT_UC}, {PT_WC, PT_WC, PT_WC},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mtrr m = {.def_type = ENABLE | PT_WP, .variable_count = 3, .phys_bits = 36};
        uint64_t size;

        m.variable[0].base = 4 * GIB | rows[i].a;
        m.variable[0].mask = ((BIT(36) - 1) & ~(4 * GIB - 1)) | VALID;
        m.variable[2].base = 5 * GIB | rows[i].b;
        m.variable[2].mask = ((BIT(36) - 1) & ~(GIB - 1)) | VALID;
        CHECK_EQ(mtrr_type(&m, 3 * GIB, &size), PT_WP);
        CHECK_EQ(mtrr_type(&m, 4 * GIB, &size), rows[i].a);
        CHECK_EQ(size, GIB);
        CHECK_EQ(mtrr_type(&m, 5 * GIB, &size), rows[i].both);
        CHECK_EQ(size, GIB);
        m.variable[2].mask &= ~VALID;
        CHECK_EQ(mtrr_type(&m, 5 * GIB, &size), rows[i].a);
    }
}

/* However a mask is cut, memory has a handful of types. */
static void holes(void)
{
    static const uint64_t masks[] = {0x1000, 0x5555555000, 0x7FFFFFF000, 0xFF00001000};

    for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
        struct mtrr m = {.def_type = ENABLE | PT_WB, .variable_count = 1, .phys_bits = 40};
        uint64_t size, stretches = 0;

        m.variable[0].base = 0x5000 | PT_WB;
        m.variable[0].mask = masks[i] | VALID;
        for (hpa_t pa = 0; pa < MTRR_END; pa += size, stretches++)
            (void)mtrr_type(&m, pa, &size);
        CHECK_MSG(stretches <= 3, "mask %llx", (unsigned long long)masks[i]);
        CHECK_EQ(mtrr_type(&m, 0x4000, &size), PT_UC);
    }
}

static uint64_t random64(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The ones of a mask from its top bit on. */
static uint64_t contiguous(uint64_t mask, uint64_t width)
{
    uint64_t top = 0;

    for (uint64_t bit = (width + 1) >> 1; bit >= PAGE_SIZE && (mask & bit); bit >>= 1)
        top |= bit;
    return top;
}

/* Straight from the manual, for one page. A range whose mask has holes is uncached as a whole. */
static int reference(const struct mtrr *m, hpa_t pa)
{
    const uint64_t width = BIT(m->phys_bits) - 1;
    unsigned seen = 0;

    if (!(m->def_type & ENABLE))
        return PT_UC;
    if (m->has_fixed && (m->def_type & FIXED_ENABLE) && pa < MIB) {
        const uint8_t *bytes = (const uint8_t *)m->fixed;

        if (pa < 0x80000)
            return bytes[pa >> 16];
        if (pa < 0xC0000)
            return bytes[8 + ((pa - 0x80000) >> 14)];
        return bytes[24 + ((pa - 0xC0000) >> 12)];
    }
    for (unsigned i = 0; i < m->variable_count; i++) {
        const uint64_t mask = contiguous(m->variable[i].mask & width & PAGE_MASK, width);
        const bool holes = mask != (m->variable[i].mask & width & PAGE_MASK);

        if ((m->variable[i].mask & VALID) && ((pa ^ m->variable[i].base) & mask) == 0)
            seen |= 1U << (holes ? PT_UC : m->variable[i].base & 0xFF);
    }
    if (seen == 0)
        return (int)(m->def_type & 0xFF);
    if (seen & (1U << PT_UC))
        return PT_UC;
    if (seen == ((1U << PT_WT) | (1U << PT_WB)))
        return PT_WT;
    for (int t = 1; t < 7; t++)
        if (seen == 1U << t)
            return t;
    return PT_UC;
}

static void against_reference(void)
{
    static const uint8_t types[] = {PT_UC, PT_WC, PT_WT, PT_WP, PT_WB};
    uint64_t state = 88172645463325252ULL;

    for (unsigned round = 0; round < 400; round++) {
        struct mtrr m = {.def_type = ENABLE | (random64(&state) & FIXED_ENABLE) |
                                     types[random64(&state) % 5],
                         .has_fixed = true,
                         .variable_count = (unsigned)(random64(&state) % 6),
                         .phys_bits = 26}; /* 64 MiB: each page can be looked at */

        for (unsigned i = 0; i < MTRR_FIXED_COUNT; i++)
            for (unsigned b = 0; b < 8; b++)
                m.fixed[i] |= (uint64_t)types[random64(&state) % 5] << (8 * b);
        for (unsigned i = 0; i < m.variable_count; i++) {
            uint64_t mask = ~((BIT(12 + random64(&state) % 14)) - 1);

            if (random64(&state) % 8 == 0)
                mask ^= BIT(12 + random64(&state) % 14); /* not contiguous */
            m.variable[i].base =
                (random64(&state) & (BIT(26) - 1) & PAGE_MASK) | types[random64(&state) % 5];
            m.variable[i].mask = (mask & (BIT(26) - 1)) | (random64(&state) % 4 ? VALID : 0);
        }
        for (hpa_t pa = 0; pa < BIT(26);) {
            uint64_t size = 0;
            const int type = (int)mtrr_type(&m, pa, &size);
            bool ok = size >= PAGE_SIZE && !(size & (PAGE_SIZE - 1));

            for (uint64_t off = 0; ok && off < size && pa + off < BIT(26); off += PAGE_SIZE)
                ok = reference(&m, pa + off) == type;
            CHECK_MSG(ok, "round %u pa %llx size %llx type %d", round, (unsigned long long)pa,
                      (unsigned long long)size, type);
            pa += size ? size : PAGE_SIZE;
        }
    }
}

int main(void)
{
    TEST_RUN(typical_layout);
    TEST_RUN(switched_off);
    TEST_RUN(overlaps);
    TEST_RUN(holes);
    TEST_RUN(against_reference);
    return test_done();
}
