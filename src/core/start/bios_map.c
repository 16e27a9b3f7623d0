/* SPDX-License-Identifier: GPL-2.0-only */
/* The BIOS's memory map as a guest gets it; see bios_map.h. No state but the page's. */
#include "core/start/bios_map.h"

#include <lapwing/string.h>
#include "core/host/log.h"
#include "core/machine.h"

#define INT15_VECTOR   ((hpa_t)(0x15 * 4))
#define BASE_MEMORY_KB ((hpa_t)0x413) /* BIOS data area */

extern const char bios_end[], bios_int15[];
extern const char bios_old_int15[], bios_map_count[], bios_map_at[], bios_kb[], bios_kb_word[];
extern const char bios_kb_below_16m[], bios_64k_above_16m[];

/* As INT 15H, AX = E820H tells it. */
struct map_entry {
    uint32_t base[2];
    uint32_t size[2];
    uint32_t type;
};

_Static_assert(sizeof(struct map_entry) == 20, "boot/bios.S has ENTRY_SIZE");

static struct memmap scratch;

static size_t map_offset(void)
{
    return ALIGN_UP((size_t)(bios_end - bios_start), sizeof(uint32_t));
}

static void put_word(hpa_t page, const char *symbol, uint64_t value)
{
    const uint16_t word = value < UINT16_MAX ? (uint16_t)value : UINT16_MAX;

    memcpy(bios_map_place(page, symbol), &word, sizeof(word));
}

static void put_long(hpa_t page, const char *symbol, uint64_t value)
{
    const uint32_t word = (uint32_t)value;

    memcpy(bios_map_place(page, symbol), &word, sizeof(word));
}

/* What the older calls tell: the memory from 1 MiB on in one piece, which ends at Lapwing's range. */
static void put_limits(hpa_t page)
{
    const uint64_t kb = (machine.own_base - MIB) / KIB;
    const uint64_t below_16m = 15 * MIB / KIB;

    put_long(page, bios_kb, kb);
    put_word(page, bios_kb_word, kb);
    put_word(page, bios_kb_below_16m, kb < below_16m ? kb : below_16m);
    put_word(page, bios_64k_above_16m, kb < below_16m ? 0 : (kb - below_16m) / 64);
}

static void put_map(hpa_t page)
{
    struct map_entry *e = (struct map_entry *)(page + map_offset());

    for (unsigned i = 0; i < machine.map.count; i++) {
        const struct mem_region *r = &machine.map.region[i];

        e[i] = (struct map_entry){
            .base = {(uint32_t)r->base, (uint32_t)(r->base >> 32)},
            .size = {(uint32_t)r->size, (uint32_t)(r->size >> 32)},
            .type = r->type,
        };
    }
    put_long(page, bios_map_count, machine.map.count);
    put_word(page, bios_map_at, map_offset());
}

/* What lies between base memory and 640 KiB is somebody's, though the map may not say so. */
static int reserve_above_base_memory(struct memmap *map)
{
    const uint64_t end = *(const uint16_t *)low_memory(BASE_MEMORY_KB) * KIB;

    if (end == 0 || end >= MEMMAP_LOW_END)
        return 0;
    return memmap_reserve(map, end, MEMMAP_LOW_END - end, MEM_RESERVED);
}

/* Takes the place for the copy. All above it up to 640 KiB goes too: base memory is one piece. */
static hpa_t take_page(const struct boot_info *boot)
{
    const unsigned entries = machine.map.count + 2; /* the reservation may cut one in three */
    const uint64_t size = map_offset() + entries * sizeof(struct map_entry);
    hpa_t page;

    scratch = machine.map;
    if (boot_info_reserve(boot, &scratch) || reserve_above_base_memory(&scratch) ||
        memmap_find_low(&scratch, size, &page) ||
        memmap_reserve(&machine.map, page, MEMMAP_LOW_END - page, MEM_RESERVED))
        refuse("no room below 640 KiB for the memory map that the BIOS tells");
    return page;
}

static void hook_bios(hpa_t page)
{
    const uint32_t vector = (uint32_t)(page >> 4) << 16 | (uint32_t)(bios_int15 - bios_start);

    memcpy(bios_map_place(page, bios_old_int15), low_memory(INT15_VECTOR), sizeof(vector));
    memcpy(low_memory(INT15_VECTOR), &vector, sizeof(vector));
    *(uint16_t *)low_memory(BASE_MEMORY_KB) = (uint16_t)(page / KIB);
}

hpa_t bios_map_install(const struct boot_info *boot)
{
    const hpa_t page = take_page(boot);

    memcpy((void *)page, bios_start, (size_t)(bios_end - bios_start));
    put_map(page);
    put_limits(page);
    hook_bios(page);
    return page;
}
