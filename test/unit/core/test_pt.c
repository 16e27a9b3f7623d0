/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables, in every format, against a model that knows only pages of 4 KiB, and a walk that
 * uses the manuals' bit numbers and nothing of pt.c.
 */
#include <errno.h>

#include "../test.h"
#include "fake_phys.h"
#include "core/memory/pt.h"

#define WINDOW       (3 * GIB) /* the model covers the window's first pages */
#define POOL_PAGES   4096
#define POOL_PA      UINT64_C(0x7f000000)
#define MODEL_PAGES  (WINDOW / PAGE_SIZE)
#define WINDOW_START (510 * GIB) /* crosses a PML4 entry, so that two PDPTs are in use */

struct model_page {
    uint64_t hpa;
    uint8_t prot;
    uint8_t memtype;
};

static struct model_page *model;
static uint64_t *pool_pages;
static struct pt_pool pool;

static void new_pool(void)
{
    memset(pool_pages, 0, POOL_PAGES * PAGE_SIZE);
    pool = (struct pt_pool){pool_pages, POOL_PA, POOL_PAGES, 0};
}

/* What the CPU does. Returns the level of the leaf, 0 when not mapped. */
static unsigned cpu_walk(const struct pt *pt, uint64_t gpa, struct model_page *out)
{
    uint64_t table = pt_root_pa(pt);

    for (unsigned level = 4; level > 0; level--) {
        unsigned shift = 12 + 9 * (level - 1);
        uint64_t offset_mask = (UINT64_C(1) << shift) - 1;
        uint64_t e;

        CHECK(table >= POOL_PA && table < POOL_PA + POOL_PAGES * PAGE_SIZE && table % 4096 == 0);
        e = pool_pages[(table - POOL_PA) / 8 + ((gpa >> shift) & 511)];
        if (pt->format == PT_EPT ? !(e & 7) : !(e & 1))
            return 0;
        if (pt->format == PT_NPT)
            CHECK(e & 4); /* US at every level */
        if (pt->format == PT_HOST)
            CHECK(!(e & 4));
        if (level == 1 || (e & 0x80)) {
            uint64_t address = e & UINT64_C(0x000ffffffffff000);
            static const uint8_t pat[4] = {6, 4, 1, 0}; /* WB, WT, UC- (as WC), UC */

            CHECK(level < 4 && (address & offset_mask) == 0);
            CHECK(level != 1 || !(e & 0x80));
            out->hpa = address | (gpa & offset_mask);
            if (pt->format == PT_EPT) {
                out->prot = e & 7;
                out->memtype = (e >> 3) & 7;
                CHECK_EQ(e & 0x40, 0);
            } else {
                out->prot = (uint8_t)(1 | (e & 2) | (e >> 63 ? 0 : 4));
                out->memtype = pat[(e >> 3) & 3];
                CHECK_EQ(e & 0x60, 0x60); /* accessed, dirty */
            }
            return level;
        }
        if (pt->format == PT_EPT) /* rights are ANDed over the levels; the rest is reserved */
            CHECK_EQ(e & 0xfff, 7);
        else
            CHECK(e & 2 && !(e >> 63));
        table = e & UINT64_C(0x000ffffffffff000);
    }
    return 0;
}

static void check_page(const struct pt *pt, uint64_t page)
{
    uint64_t gpa = WINDOW_START + page * PAGE_SIZE + 0x123;
    struct model_page want = model[page], got = {0};
    struct pt_leaf leaf;
    unsigned level = cpu_walk(pt, gpa, &got);

    CHECK_MSG((level != 0) == (want.prot != 0), "gpa %llx level %u", (unsigned long long)gpa,
              level);
    CHECK_EQ(pt_lookup(pt, gpa, &leaf), want.prot ? 0 : -ENOENT);
    if (!level || !want.prot)
        return;
    CHECK_EQ(got.hpa, want.hpa + 0x123);
    CHECK_EQ(got.prot, want.prot);
    CHECK_EQ(got.memtype, want.memtype);
    CHECK_EQ(leaf.hpa, got.hpa);
    CHECK_EQ(leaf.prot, got.prot);
    CHECK_EQ(leaf.memtype, got.memtype);
    CHECK_EQ(leaf.level, level);
}

static void model_map(uint64_t page, uint64_t count, uint64_t hpa, uint8_t prot, uint8_t memtype)
{
    for (uint64_t i = 0; i < count; i++)
        model[page + i] = (struct model_page){hpa + i * PAGE_SIZE, prot, memtype};
}

/* Sizes and places that hit all page sizes and their edges. */
static uint64_t random_page(uint64_t *seed)
{
    uint64_t page = test_random_below(seed, MODEL_PAGES);

    switch (test_random_below(seed, 3)) {
    case 0:
        return page & ~UINT64_C(511);
    case 1:
        return page & ~UINT64_C(0x3ffff);
    default:
        return page;
    }
}

static void random_changes(enum pt_format format, bool has_1g, uint64_t seed)
{
    static const uint8_t prots[] = {PT_R, PT_RW, PT_RX, PT_RWX};
    static const uint8_t types[] = {PT_UC, PT_WT, PT_WB};
    struct pt pt;

    new_pool();
    memset(model, 0, MODEL_PAGES * sizeof(*model));
    CHECK_EQ(pt_init(&pt, format, has_1g, &pool), 0);
    for (unsigned round = 0; round < 60; round++) {
        uint64_t a = random_page(&seed), b = random_page(&seed);
        uint64_t page = a < b ? a : b, count = a < b ? b - a : a - b;
        uint64_t gpa = WINDOW_START + page * PAGE_SIZE;
        /* Sometimes aligned alike, sometimes not. */
        uint64_t hpa = gpa + test_random_below(&seed, 2) * (test_random_below(&seed, 1000) << 12);
        uint8_t prot = prots[test_random_below(&seed, 4)];
        uint8_t type = types[test_random_below(&seed, 3)];

        CHECK_EQ(pt_map(&pt, gpa, hpa, count * PAGE_SIZE, prot, (enum pt_memtype)type), 0);
        model_map(page, count, hpa, prot, type);
        for (unsigned i = 0; i < 500; i++)
            check_page(&pt, test_random_below(&seed, MODEL_PAGES));
        for (unsigned i = 0; i < 4; i++) {
            uint64_t edge = (i & 1 ? page : page + count) - (i >> 1);

            if (edge < MODEL_PAGES)
                check_page(&pt, edge);
        }
    }
    for (uint64_t page = 0; page < MODEL_PAGES; page += 7)
        check_page(&pt, page);
}

static void all_formats_match_model(void)
{
    for (unsigned round = 0; round < 12; round++)
        random_changes((enum pt_format)(round % 3), round & 1, 77 + round);
}

static void largest_pages_are_used(void)
{
    struct pt_leaf leaf;
    struct pt pt;

    new_pool();
    CHECK_EQ(pt_init(&pt, PT_NPT, true, &pool), 0);
    CHECK_EQ(pt_map(&pt, 0, 0, 512 * GIB, PT_RWX, PT_WB), 0);
    CHECK_EQ(pool.used, 2);
    /* One page read-only: a PD and a PT more. */
    CHECK_EQ(pt_map(&pt, 0xfee00000, 0xfee00000, PAGE_SIZE, PT_R, PT_UC), 0);
    CHECK_EQ(pool.used, 4);
    CHECK_EQ(pt_lookup(&pt, 0xfee00fff, &leaf), 0);
    CHECK_EQ(leaf.level, 1);
    CHECK_EQ(leaf.hpa, 0xfee00fff);
    CHECK_EQ(pt_lookup(&pt, 0xfee01000, &leaf), 0);
    CHECK_EQ(leaf.level, 1);
    CHECK_EQ(leaf.prot, PT_RWX);
    CHECK_EQ(pt_lookup(&pt, 0xff000000, &leaf), 0);
    CHECK_EQ(leaf.level, 2);
    CHECK_EQ(pt_lookup(&pt, 4 * GIB, &leaf), 0);
    CHECK_EQ(leaf.level, 3);
    CHECK_EQ(leaf.hpa, 4 * GIB);

    new_pool();
    CHECK_EQ(pt_init(&pt, PT_EPT, false, &pool), 0);
    CHECK_EQ(pt_map(&pt, 0, 0, 4 * GIB, PT_RWX, PT_WB), 0);
    CHECK_EQ(pool.used, 6);
    CHECK_EQ(pt_lookup(&pt, GIB, &leaf), 0);
    CHECK_EQ(leaf.level, 2);
}

/* One root a CPU: the LAPIC page differs, all else is shared and stays equal. */
static void cloned_roots_differ_in_one_path(void)
{
    enum { CPUS = 4 };
    const uint64_t lapic = UINT64_C(0xfee00000);
    struct pt base, cpu[CPUS];
    struct pt_leaf leaf, other;
    size_t used;

    for (unsigned format = 0; format < 3; format++) {
        new_pool();
        CHECK_EQ(pt_init(&base, (enum pt_format)format, true, &pool), 0);
        CHECK_EQ(pt_map(&base, 0, 0, 1024 * GIB, PT_RWX, PT_WB), 0);
        CHECK_EQ(pt_map(&base, 0x3fe00000, 0, 2 * MIB, PT_RX, PT_WB), 0);
        used = pool.used;
        for (unsigned c = 0; c < CPUS; c++) {
            CHECK_EQ(pt_clone_path(&cpu[c], &base, lapic), 0);
            CHECK_EQ(pool.used, used + 4 * (c + 1));
        }
        for (unsigned c = 0; c < CPUS; c++) {
            CHECK_EQ(pt_set_leaf(&cpu[c], lapic, 0x1000 * (c + 1), c & 1 ? PT_R : PT_RW, PT_UC), 0);
            CHECK_EQ(pt_set_leaf(&cpu[c], lapic + PAGE_SIZE, 0, PT_NONE, PT_UC), 0);
        }
        CHECK_EQ(pool.used, used + 4 * CPUS);
        for (unsigned c = 0; c < CPUS; c++) {
            CHECK_EQ(pt_lookup(&cpu[c], lapic + 0x300, &leaf), 0);
            CHECK_EQ(leaf.hpa, 0x1000 * (c + 1) + 0x300);
            CHECK_EQ(leaf.prot, c & 1 ? PT_R : PT_RW);
            CHECK_EQ(pt_lookup(&cpu[c], lapic + PAGE_SIZE, &leaf), -ENOENT);
            for (uint64_t gpa = 0; gpa < 1024 * GIB; gpa += gpa < 5 * GIB ? MIB : GIB) {
                if (gpa == lapic)
                    continue;
                CHECK_EQ(pt_lookup(&cpu[c], gpa, &leaf), pt_lookup(&base, gpa, &other));
                CHECK_EQ(leaf.hpa, other.hpa);
                CHECK_EQ(leaf.prot, other.prot);
            }
        }
        /* The source is as it was. */
        CHECK_EQ(pt_lookup(&base, lapic, &leaf), 0);
        CHECK_EQ(leaf.hpa, lapic);
        CHECK_EQ(leaf.level, 3);
        CHECK_EQ(pt_set_leaf(&base, lapic, 0, PT_R, PT_UC), -ENOENT);
        /* The place that was set last is not taken for another one. */
        for (unsigned n = 0; n < 4; n++) {
            const gpa_t at = lapic + n / 2 * PAGE_SIZE;

            CHECK_EQ(pt_set_leaf(&cpu[1], at, (n + 1) * PAGE_SIZE, PT_R, PT_UC), 0);
            CHECK_EQ(pt_lookup(&cpu[1], at, &leaf), 0);
            CHECK_EQ(leaf.hpa, (n + 1) * PAGE_SIZE);
        }
        CHECK_EQ(pt_set_leaf(&cpu[1], 0, 0, PT_R, PT_UC), -ENOENT);
        /* A shared part changes for all. */
        CHECK_EQ(pt_map(&cpu[0], 0x3fe00000, 0, PAGE_SIZE, PT_R, PT_WB), 0);
        CHECK_EQ(pt_lookup(&cpu[3], 0x3fe00000, &leaf), 0);
    }
    /* The path of an unmapped address. */
    new_pool();
    CHECK_EQ(pt_init(&base, PT_NPT, true, &pool), 0);
    CHECK_EQ(pt_clone_path(&cpu[0], &base, lapic), 0);
    CHECK_EQ(pool.used, 5);
    CHECK_EQ(pt_lookup(&cpu[0], lapic, &leaf), -ENOENT);
    CHECK_EQ(pt_set_leaf(&cpu[0], lapic, lapic, PT_R, PT_UC), 0);
    CHECK_EQ(pt_lookup(&cpu[0], lapic, &leaf), 0);
}

/* Only types change, and only of what is mapped to itself. */
static void retyping_keeps_rights(void)
{
    struct pt_leaf leaf;
    struct pt pt;

    new_pool();
    CHECK_EQ(pt_init(&pt, PT_EPT, true, &pool), 0);
    CHECK_EQ(pt_map(&pt, 0, 0, 4 * GIB, PT_RWX, PT_WB), 0);
    CHECK_EQ(pt_map(&pt, GIB, 0x7000, PAGE_SIZE, PT_RX, PT_WB), 0);
    CHECK_EQ(pt_map(&pt, GIB + PAGE_SIZE, GIB + PAGE_SIZE, PAGE_SIZE, PT_RX, PT_WB), 0);
    CHECK_EQ(pt_retype(&pt, 2 * MIB + PAGE_SIZE, 2 * GIB, PT_WC), 0);
    for (gpa_t gpa = 0; gpa < 4 * GIB; gpa += PAGE_SIZE) {
        const bool changed = gpa >= 2 * MIB + PAGE_SIZE && gpa < 2 * GIB + 2 * MIB + PAGE_SIZE;
        const bool elsewhere = gpa == GIB;
        const bool read_only = gpa == GIB || gpa == GIB + PAGE_SIZE;

        CHECK_EQ(pt_lookup(&pt, gpa, &leaf), 0);
        CHECK_EQ(leaf.hpa, elsewhere ? 0x7000 : gpa);
        CHECK_EQ(leaf.prot, read_only ? PT_RX : PT_RWX);
        CHECK_EQ(leaf.memtype, changed && !elsewhere ? PT_WC : PT_WB);
    }
    CHECK_EQ(pt_retype(&pt, 0, 8 * GIB, PT_WB), 0); /* nothing is above 4 GiB, and stays so */
    CHECK_EQ(pt_lookup(&pt, 2 * MIB + PAGE_SIZE, &leaf), 0);
    CHECK_EQ(leaf.memtype, PT_WB);
    CHECK_EQ(pt_lookup(&pt, 4 * GIB, &leaf), -ENOENT);
}

static void retyping_without_tables(void)
{
    struct pt_leaf leaf;
    struct pt pt;

    new_pool();
    CHECK_EQ(pt_init(&pt, PT_EPT, true, &pool), 0);
    CHECK_EQ(pt_map(&pt, 0, 0, 4 * GIB, PT_RWX, PT_WB), 0);
    pool.pages = pool.used;
    CHECK_EQ(pt_retype(&pt, GIB + PAGE_SIZE, GIB, PT_WT), -ENOMEM);
    CHECK_EQ(pt_lookup(&pt, 0, &leaf), 0);
    CHECK_EQ(leaf.memtype, PT_WB);
    for (gpa_t gpa = GIB; gpa < 3 * GIB; gpa += GIB) {
        CHECK_EQ(pt_lookup(&pt, gpa, &leaf), 0);
        CHECK_EQ(leaf.memtype, PT_UC);
        CHECK_EQ(leaf.level, 3);
    }
    CHECK_EQ(pt_retype(&pt, 0, 4 * GIB, PT_WB), 0);
    CHECK_EQ(pt_lookup(&pt, GIB, &leaf), 0);
    CHECK_EQ(leaf.memtype, PT_WB);
}

static void wrong_arguments(void)
{
    struct pt_leaf leaf;
    struct pt pt, clone;

    new_pool();
    CHECK_EQ(pt_init(&pt, PT_EPT, true, &pool), 0);
    CHECK_EQ(pt_map(&pt, 1, 0, PAGE_SIZE, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, 0, 0x800, PAGE_SIZE, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, 0, 0, PAGE_SIZE - 1, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, 0, 0, PAGE_SIZE, PT_W, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, 0, 0, PAGE_SIZE, PT_X, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, BIT(48) - PAGE_SIZE, 0, 2 * PAGE_SIZE, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, 0, BIT(52), PAGE_SIZE, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, PAGE_SIZE, 0, PAGE_MASK, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_map(&pt, BIT(48) - PAGE_SIZE, 0, PAGE_SIZE, PT_R, PT_WB), 0);
    CHECK_EQ(pt_lookup(&pt, BIT(48), &leaf), -ENOENT);
    CHECK_EQ(pt_lookup(&pt, UINT64_MAX, &leaf), -ENOENT);
    CHECK_EQ(pt_set_leaf(&pt, BIT(48), 0, PT_R, PT_WB), -EINVAL);
    CHECK_EQ(pt_set_leaf(&pt, 0, 0, PT_W, PT_WB), -EINVAL);
    CHECK_EQ(pt_clone_path(&clone, &pt, BIT(48)), -EINVAL);
}

static void empty_pool(void)
{
    struct pt pt, clone;

    for (size_t pages = 0; pages < 9; pages++) {
        new_pool();
        pool.pages = pages;
        CHECK_EQ(pt_init(&pt, PT_NPT, true, &pool), pages < 1 ? -ENOMEM : 0);
        if (pages == 0)
            continue;
        CHECK_EQ(pt_map(&pt, 0, 0, PAGE_SIZE, PT_R, PT_WB), pages < 4 ? -ENOMEM : 0);
        CHECK_EQ(pt_clone_path(&clone, &pt, 0), pages < 8 ? -ENOMEM : 0);
        CHECK(pool.used <= pages);
    }
}

int main(void)
{
    model = malloc(MODEL_PAGES * sizeof(*model));
    pool_pages = aligned_alloc(PAGE_SIZE, POOL_PAGES * PAGE_SIZE);
    if (!model || !pool_pages)
        return 1;
    TEST_RUN(all_formats_match_model);
    TEST_RUN(largest_pages_are_used);
    TEST_RUN(cloned_roots_differ_in_one_path);
    TEST_RUN(retyping_keeps_rights);
    TEST_RUN(retyping_without_tables);
    TEST_RUN(wrong_arguments);
    TEST_RUN(empty_pool);
    free(model);
    free(pool_pages);
    return test_done();
}
