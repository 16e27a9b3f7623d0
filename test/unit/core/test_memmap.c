/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map against a simple model: one type for every page of a small address space. */
#include <errno.h>

#include "../test.h"
#include "fake_phys.h"
#include "core/memory/memmap.h"

#define PAGES 256

static struct memmap map;
static struct boot_info info;
static uint8_t ref[PAGES]; /* type of each page, 0 = in no range */

static void ref_write(unsigned first, unsigned count, uint8_t type)
{
    memset(ref + first, type, count);
}

/* Sorted, disjoint, joined, no empty ranges. */
static void check_shape(void)
{
    for (unsigned i = 0; i < map.count; i++) {
        const struct mem_region *r = &map.region[i];

        CHECK(r->size != 0 && r->type != 0);
        if (i + 1 == map.count)
            break;
        CHECK_MSG(r->base + r->size <= r[1].base, "range %u overlaps the next", i);
        CHECK_MSG(r->base + r->size != r[1].base || r->type != r[1].type, "%u not joined", i);
    }
}

static uint8_t type_at(uint64_t address)
{
    for (unsigned i = 0; i < map.count; i++) {
        if (address - map.region[i].base < map.region[i].size)
            return (uint8_t)map.region[i].type;
    }
    return 0;
}

static void check_against_ref(void)
{
    check_shape();
    for (unsigned p = 0; p < PAGES; p++)
        CHECK_MSG(type_at(p * PAGE_SIZE) == ref[p] && type_at(p * PAGE_SIZE + 4095) == ref[p],
                  "page %u has type %u, want %u", p, type_at(p * PAGE_SIZE), ref[p]);
}

static bool ref_usable(unsigned first, unsigned count)
{
    for (unsigned p = first; p < first + count; p++) {
        if (p >= PAGES || ref[p] != MEM_USABLE)
            return false;
    }
    return count != 0;
}

static void check_finds(uint64_t *seed)
{
    unsigned count = 1 + (unsigned)test_random_below(seed, 12);
    unsigned align = 1U << test_random_below(seed, 4);
    unsigned limit = (unsigned)test_random_below(seed, PAGES + 1);
    unsigned floor = (unsigned)test_random_below(seed, PAGES);
    int top = -1, bottom = -1;
    uint64_t base = 0;
    int ret;

    for (unsigned p = 0; p + count <= limit; p += align) {
        if (!ref_usable(p, count))
            continue;
        top = (int)p;
        if (bottom < 0 && p >= floor)
            bottom = (int)p;
    }
    ret = memmap_find_top(&map, count * PAGE_SIZE, align * PAGE_SIZE, limit * PAGE_SIZE, &base);
    CHECK_EQ(ret, top < 0 ? -ENOENT : 0);
    if (ret == 0)
        CHECK_EQ(base, top * 4096LL);
    ret = memmap_find_bottom(&map, count * PAGE_SIZE, align * PAGE_SIZE, floor * PAGE_SIZE,
                             limit * PAGE_SIZE, &base);
    CHECK_EQ(ret, bottom < 0 ? -ENOENT : 0);
    if (ret == 0)
        CHECK_EQ(base, bottom * 4096LL);
    CHECK_EQ(memmap_is_usable(&map, floor * PAGE_SIZE, count * PAGE_SIZE),
             ref_usable(floor, count));
}

static void random_maps_match_reference(void)
{
    uint64_t seed = 1;

    for (unsigned round = 0; round < 500; round++) {
        memset(ref, 0, sizeof(ref));
        info.mem_count = 1 + (unsigned)test_random_below(&seed, 40);
        for (unsigned i = 0; i < info.mem_count; i++) {
            unsigned first = (unsigned)test_random_below(&seed, PAGES);
            unsigned count = (unsigned)test_random_below(&seed, PAGES - first + 1) / 2;
            uint32_t type = test_random_below(&seed, 3) ? MEM_USABLE
                                                        : (uint32_t)test_random_below(&seed, 7) + 1;

            info.mem[i] = (struct mem_region){first * PAGE_SIZE, count * PAGE_SIZE, type};
            for (unsigned p = first; p < first + count; p++)
                ref[p] = type > ref[p] ? (uint8_t)type : ref[p];
        }
        CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
        check_against_ref();
        for (unsigned i = 0; i < 20; i++) {
            unsigned first = (unsigned)test_random_below(&seed, PAGES);
            unsigned count = (unsigned)test_random_below(&seed, PAGES - first + 1) / 3;
            uint8_t type = (uint8_t)(1 + test_random_below(&seed, 3));

            CHECK_EQ(memmap_reserve(&map, first * PAGE_SIZE, count * PAGE_SIZE, type), 0);
            ref_write(first, count, type);
            check_against_ref();
            check_finds(&seed);
        }
    }
}

static void qemu_map_unsorted(void)
{
    static const struct mem_region entries[] = {
        {0x100000, 0x3fee0000, MEM_USABLE},    {0, 0x9fc00, MEM_USABLE},
        {0x9fc00, 0x400, MEM_RESERVED},        {0xf0000, 0x10000, MEM_RESERVED},
        {0x3ffe0000, 0x20000, MEM_RESERVED},   {0xfffc0000, 0x40000, MEM_RESERVED},
        {0x100000000, 0x40000000, MEM_USABLE},
    };
    uint64_t base = 0;

    info.mem_count = ARRAY_SIZE(entries);
    memcpy(info.mem, entries, sizeof(entries));
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(map.count, ARRAY_SIZE(entries));
    CHECK_EQ(memmap_top(&map), 0x140000000);
    CHECK_EQ(memmap_reserve(&map, 0x140000000, PAGE_SIZE, MEM_RESERVED), 0);
    CHECK_EQ(memmap_top(&map), 0x140000000);
    CHECK_EQ(memmap_reserve(&map, 0x140000000, PAGE_SIZE, MEM_NVS), 0); /* RAM, too */
    CHECK_EQ(memmap_top(&map), 0x140001000);
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(memmap_find_top(&map, 2 * MIB, 2 * MIB, 4 * GIB, &base), 0);
    CHECK_EQ(base, 0x3fc00000);
    CHECK_EQ(memmap_find_low(&map, PAGE_SIZE, &base), 0);
    CHECK_EQ(base, 0x9e000);
    CHECK_EQ(memmap_reserve(&map, 0x3fc00000, 2 * MIB, MEM_RESERVED), 0);
    CHECK_EQ(memmap_find_top(&map, 2 * MIB, 2 * MIB, 4 * GIB, &base), 0);
    CHECK_EQ(base, 0x3fa00000);
    CHECK(!memmap_is_usable(&map, 0x3fa00000, 2 * MIB + 1));
}

static void low_page_is_never_page_0(void)
{
    uint64_t base = 0;

    info.mem_count = 1;
    info.mem[0] = (struct mem_region){0, PAGE_SIZE, MEM_USABLE};
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(memmap_find_low(&map, PAGE_SIZE, &base), -ENOENT);
    info.mem[0].size = 2 * PAGE_SIZE;
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(memmap_find_low(&map, PAGE_SIZE, &base), 0);
    CHECK_EQ(base, PAGE_SIZE);
}

static void wrapping_entries_are_clipped(void)
{
    info.mem_count = 2;
    info.mem[0] = (struct mem_region){UINT64_MAX - 10, 100, MEM_USABLE};
    info.mem[1] = (struct mem_region){UINT64_MAX, UINT64_MAX, MEM_BAD};
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(map.count, 1);
    CHECK_EQ(memmap_top(&map), UINT64_MAX);
    CHECK_EQ(memmap_reserve(&map, UINT64_MAX - 1, 100, MEM_RESERVED), -EINVAL);
    CHECK_EQ(memmap_reserve(&map, 0, 0, MEM_RESERVED), 0);
    CHECK_EQ(map.count, 1);
}

/* The most pieces that BOOT_MEM_MAX entries can make, and then until the map is full. */
static void full_map_refuses_and_stays(void)
{
    static struct memmap before;
    uint64_t base = GIB;

    info.mem_count = BOOT_MEM_MAX;
    info.mem[0] = (struct mem_region){0, GIB, MEM_USABLE};
    for (unsigned i = 1; i < BOOT_MEM_MAX; i++)
        info.mem[i] = (struct mem_region){i * 2 * PAGE_SIZE, PAGE_SIZE, MEM_RESERVED};
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(map.count, 2 * BOOT_MEM_MAX - 1);
    check_shape();
    while (map.count < MEMMAP_MAX - 1) {
        base += 2 * PAGE_SIZE;
        CHECK_EQ(memmap_reserve(&map, base, PAGE_SIZE, MEM_RESERVED), 0);
    }
    /* The padding too. */
    memcpy(&before, &map, sizeof(map));
    CHECK_EQ(memmap_reserve(&map, GIB / 2, PAGE_SIZE, MEM_RESERVED), -ENOSPC); /* needs two */
    CHECK_MEM(&map, &before, sizeof(map));
}

static void boot_data_is_kept_clear(void)
{
    info.mem_count = 1;
    info.mem[0] = (struct mem_region){0, GIB, MEM_USABLE};
    info.module_count = 1;
    info.modules[0] = (struct boot_module){0x200123, 0x300001, ""};
    info.loader_count = 1;
    info.loader[0] = (struct phys_range){0x9000, 0xa000};
    CHECK_EQ(memmap_init(&map, info.mem, info.mem_count), 0);
    CHECK_EQ(boot_info_reserve(&info, &map), 0);
    CHECK_EQ(type_at(0x9000), MEM_RESERVED);
    CHECK_EQ(type_at(0xa000), MEM_USABLE);
    CHECK_EQ(type_at(0x1fffff), MEM_USABLE);
    CHECK_EQ(type_at(0x200000), MEM_RESERVED);
    CHECK_EQ(type_at(0x300fff), MEM_RESERVED);
    CHECK_EQ(type_at(0x301000), MEM_USABLE);
    info.module_count = 0;
    info.loader_count = 0;
}

int main(void)
{
    TEST_RUN(random_maps_match_reference);
    TEST_RUN(qemu_map_unsorted);
    TEST_RUN(low_page_is_never_page_0);
    TEST_RUN(wrapping_entries_are_clipped);
    TEST_RUN(full_map_refuses_and_stays);
    TEST_RUN(boot_data_is_kept_clear);
    return test_done();
}
