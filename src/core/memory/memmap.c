/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map, a sorted list of disjoint ranges. Only memmap_reserve() and
 * memmap_init() change a map. No lock: the boot CPU makes all maps, and nobody changes one after
 * boot.
 */
#include "core/memory/memmap.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

static uint64_t region_end(const struct mem_region *r)
{
    return r->base + r->size; /* cannot wrap: memmap_reserve() refuses such a range */
}

static void insert_at(struct memmap *map, unsigned i, struct mem_region r)
{
    memmove(&map->region[i + 1], &map->region[i], (map->count - i) * sizeof(r));
    map->region[i] = r;
    map->count++;
}

static void remove_at(struct memmap *map, unsigned i)
{
    map->count--;
    memmove(&map->region[i], &map->region[i + 1], (map->count - i) * sizeof(map->region[0]));
}

/* Joins region i with the next one if they touch and have one type. */
static void join_next(struct memmap *map, unsigned i)
{
    struct mem_region *r = &map->region[i];

    if (i + 1 >= map->count || r[1].type != r->type || r[1].base != region_end(r))
        return;
    r->size += r[1].size;
    remove_at(map, i + 1);
}

int memmap_reserve(struct memmap *map, uint64_t base, uint64_t size, uint32_t type)
{
    uint64_t end = base + size;
    unsigned i = 0;

    if (size == 0)
        return 0;
    if (end < base)
        return -EINVAL;
    /* Needed are the range itself, and the far half of a range that it splits. */
    if (map->count + 2 > MEMMAP_MAX)
        return -ENOSPC;

    while (i < map->count && region_end(&map->region[i]) <= base)
        i++;

    /* The part of the first overlapped region that lies in front stays. */
    if (i < map->count && map->region[i].base < base) {
        struct mem_region *r = &map->region[i];
        struct mem_region behind = {base, region_end(r) - base, r->type};

        r->size = base - r->base;
        i++;
        insert_at(map, i, behind);
    }
    while (i < map->count && region_end(&map->region[i]) <= end)
        remove_at(map, i);
    if (i < map->count && map->region[i].base < end) {
        struct mem_region *r = &map->region[i];

        r->size = region_end(r) - end;
        r->base = end;
    }
    insert_at(map, i, (struct mem_region){base, size, type});
    join_next(map, i);
    if (i > 0)
        join_next(map, i - 1);
    return 0;
}

/* Returns the lowest type above `above` in the list, or 0. */
static uint32_t next_type(const struct mem_region *entries, unsigned count, uint32_t above)
{
    uint32_t type = 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t t = entries[i].type;

        if (t > above && (type == 0 || t < type))
            type = t;
    }
    return type;
}

int memmap_init(struct memmap *map, const struct mem_region *entries, unsigned count)
{
    map->count = 0;
    /* Types are written in rising order, so that the highest one wins where entries overlap. */
    for (uint32_t type = next_type(entries, count, 0); type != 0;
         type = next_type(entries, count, type)) {
        for (unsigned i = 0; i < count; i++) {
            uint64_t base = entries[i].base;
            uint64_t size = entries[i].size;
            int ret;

            if (entries[i].type != type)
                continue;
            if (size > UINT64_MAX - base)
                size = UINT64_MAX - base;
            ret = memmap_reserve(map, base, size, type);
            if (ret)
                return ret;
        }
    }
    return 0;
}

int memmap_find_bottom(const struct memmap *map, uint64_t size, uint64_t align, uint64_t floor,
                       uint64_t limit, uint64_t *base)
{
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];
        uint64_t start = r->base > floor ? r->base : floor;
        uint64_t end = region_end(r) < limit ? region_end(r) : limit;

        if (r->type != MEM_USABLE || start > UINT64_MAX - (align - 1))
            continue;
        start = ALIGN_UP(start, align);
        if (start < end && end - start >= size) {
            *base = start;
            return 0;
        }
    }
    return -ENOENT;
}

/* As memmap_find_top(), but not below `floor`. */
static int find_top(const struct memmap *map, uint64_t size, uint64_t align, uint64_t floor,
                    uint64_t limit, uint64_t *base)
{
    for (unsigned i = map->count; i-- > 0;) {
        const struct mem_region *r = &map->region[i];
        uint64_t start = r->base > floor ? r->base : floor;
        uint64_t end = region_end(r) < limit ? region_end(r) : limit;

        if (r->type != MEM_USABLE || start >= end || end - start < size)
            continue;
        if (ALIGN_DOWN(end - size, align) >= start) {
            *base = ALIGN_DOWN(end - size, align);
            return 0;
        }
    }
    return -ENOENT;
}

int memmap_find_top(const struct memmap *map, uint64_t size, uint64_t align, uint64_t limit,
                    uint64_t *base)
{
    return find_top(map, size, align, 0, limit, base);
}

int memmap_find_low(const struct memmap *map, uint64_t size, uint64_t *base)
{
    /* Page 0 holds the real-mode interrupt vectors and the BIOS data area. */
    return find_top(map, size, PAGE_SIZE, PAGE_SIZE, MEMMAP_LOW_END, base);
}

bool memmap_is_usable(const struct memmap *map, uint64_t base, uint64_t size)
{
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];

        if (base >= r->base && base < region_end(r))
            return r->type == MEM_USABLE && size != 0 && size <= region_end(r) - base;
    }
    return false;
}

uint64_t memmap_top(const struct memmap *map)
{
    for (unsigned i = map->count; i-- > 0;) {
        const struct mem_region *r = &map->region[i];

        if (r->type == MEM_USABLE || r->type == MEM_ACPI || r->type == MEM_NVS)
            return region_end(r);
    }
    return 0;
}
