/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map: sorted, without overlaps, neighbours of one type joined. Addresses and
 * sizes are in bytes. Functions return 0 or a negative error number.
 *
 * memmap_init() makes the map that becomes the guest's E820, and memmap_reserve() carves pieces out
 * of it. The loader's modules and strings still lie in usable memory. To find a place that is free
 * now, copy the map, call boot_info_reserve() on the copy, and search the copy.
 */
#ifndef CORE_MEMORY_MEMMAP_H
#define CORE_MEMORY_MEMMAP_H

#include <lapwing/types.h>

/* Ranges of the firmware's that a map is made of. */
#define MEMMAP_FIRMWARE_MAX 128

/* n ranges overlap to at most 2n-1 pieces. The rest is for what Lapwing carves out itself. */
#define MEMMAP_MAX (2 * MEMMAP_FIRMWARE_MAX + 64)

/* Conventional memory ends here. The map shows the EBDA and what the BIOS hides below it. */
#define MEMMAP_LOW_END (640 * KIB)

/*
 * E820 address range types (ACPI, "System Address Map Interfaces"). Any other number of the
 * firmware is passed on as it is, and is not usable.
 */
enum mem_type {
    MEM_USABLE = 1,
    MEM_RESERVED = 2,
    MEM_ACPI = 3, /* tables, which the guest may reclaim after reading them */
    MEM_NVS = 4,
    MEM_BAD = 5,
};

struct mem_region {
    uint64_t base;
    uint64_t size;
    uint32_t type; /* enum mem_type, or another number of the firmware */
};

struct memmap {
    unsigned count;
    struct mem_region region[MEMMAP_MAX];
};

/*
 * Makes a map of the firmware's `count` entries, in any order. Where entries overlap the highest
 * type number wins, which is the more restrictive one (Linux: e820__update_table()). -ENOSPC: there
 * are too many pieces.
 */
int memmap_init(struct memmap *map, const struct mem_region *entries, unsigned count);

/*
 * Gives [base, base+size) the type `type`, whatever it was before. -ENOSPC leaves the map as it
 * was. -EINVAL: the range wraps around.
 */
int memmap_reserve(struct memmap *map, uint64_t base, uint64_t size, uint32_t type);

/*
 * Find `size` usable bytes at a multiple of `align`, a power of two: the highest place below
 * `limit`, or the lowest one in [floor, limit). -ENOENT: there is none.
 */
int memmap_find_top(const struct memmap *map, uint64_t size, uint64_t align, uint64_t limit,
                    uint64_t *base);
int memmap_find_bottom(const struct memmap *map, uint64_t size, uint64_t align, uint64_t floor,
                       uint64_t limit, uint64_t *base);

/* Finds the highest page-aligned place below 640 KiB, never page 0. -ENOENT: there is none. */
int memmap_find_low(const struct memmap *map, uint64_t size, uint64_t *base);

/* Is every byte of [base, base+size) usable memory? False for size 0. */
bool memmap_is_usable(const struct memmap *map, uint64_t base, uint64_t size);

/* Returns the end of the highest usable, ACPI or NVS range. No RAM of the guest lies above it. */
uint64_t memmap_top(const struct memmap *map);

#endif
