/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical memory map: sorted, without overlaps, neighbours of one type joined.
 *
 * The map that becomes the guest's E820 is made once by memmap_init() and then carved with
 * memmap_reserve(). To find a place that is free only for now - the loader's modules and strings
 * are still somewhere in usable memory - copy the map, call memmap_reserve_boot_data() on the copy
 * and search there.
 */
#ifndef CORE_MEMORY_MEMMAP_H
#define CORE_MEMORY_MEMMAP_H

#include "core/start/bootinfo.h"

/* n ranges overlap to 2n-1 pieces at most; the rest is for what we carve out ourselves. */
#define MEMMAP_MAX (2 * BOOT_MEM_MAX + 64)

/* Conventional memory ends here (the EBDA and what the BIOS hides lie below it in the map). */
#define MEMMAP_LOW_END (640 * KIB)

struct memmap {
    unsigned count;
    struct mem_region region[MEMMAP_MAX];
};

/*
 * Where firmware entries overlap, the highest type number wins, which is the more restrictive one
 * (Linux: e820__update_table()). -ENOSPC when there are too many pieces.
 */
int memmap_init(struct memmap *map, const struct boot_info *info);

/*
 * Give [base, base+size) the type @type, whatever it was before: carves a piece out of a range, or
 * adds one. -ENOSPC leaves the map as it was. -EINVAL for a range that wraps around.
 */
int memmap_reserve(struct memmap *map, uint64_t base, uint64_t size, uint32_t type);

/* On a copy of the map: everything that @info points to is no longer usable. */
int memmap_reserve_boot_data(struct memmap *map, const struct boot_info *info);

/*
 * The highest place below @limit, or the lowest in [floor, limit), where @size usable bytes start
 * at a multiple of @align, a power of two. -ENOENT when there is none.
 */
int memmap_find_top(const struct memmap *map, uint64_t size, uint64_t align, uint64_t limit,
                    uint64_t *base);
int memmap_find_bottom(const struct memmap *map, uint64_t size, uint64_t align, uint64_t floor,
                       uint64_t limit, uint64_t *base);

/* Highest page-aligned place below 640 KiB, never page 0: for the AP trampoline. */
int memmap_find_low(const struct memmap *map, uint64_t size, uint64_t *base);

/* Is every byte of [base, base+size) usable memory? False for size 0. */
bool memmap_is_usable(const struct memmap *map, uint64_t base, uint64_t size);

/* End of the highest usable or ACPI range: no RAM of the guest lies above. */
uint64_t memmap_top(const struct memmap *map);

#endif
