/* SPDX-License-Identifier: GPL-2.0-only */
/* UEFI's memory map; see efi_map.h. No state. */
#include "core/start/efi_map.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"

struct descriptor {
    uint32_t type;
    uint32_t padding;
    uint64_t physical;
    uint64_t virtual;
    uint64_t pages;
    uint64_t attribute;
} __attribute__((packed)); /* it may stand anywhere */

_Static_assert(sizeof(struct descriptor) == EFI_DESCRIPTOR_MIN, "UEFI layout");

/* Each of two ranges may cut one descriptor in three. */
#define ADDED 4

struct map {
    uint8_t *bytes;
    uint32_t size;
    uint32_t step; /* bytes of a descriptor */
    uint64_t room; /* most bytes */
};

static struct descriptor *descriptor_at(const struct map *map, uint32_t at)
{
    return (struct descriptor *)(map->bytes + at);
}

static hpa_t end_of(const struct descriptor *d)
{
    return d->physical + d->pages * PAGE_SIZE;
}

/*
 * Makes two of a descriptor that reaches over `where`, and returns whether it did. There is no room
 * only if descriptors overlap, which is the firmware's fault.
 */
static bool split(struct map *map, uint32_t at, hpa_t where)
{
    struct descriptor *low = descriptor_at(map, at), *high = descriptor_at(map, at + map->step);

    if (where <= low->physical || where >= end_of(low) || map->size + map->step > map->room)
        return false;
    memmove(high, low, map->size - at);
    map->size += map->step;
    low->pages = (where - low->physical) / PAGE_SIZE;
    high->physical = where;
    high->pages -= low->pages;
    return true;
}

static void set_type(struct map *map, struct phys_range range, enum efi_memory_type type)
{
    for (uint32_t at = 0; at < map->size; at += map->step) {
        struct descriptor *d = descriptor_at(map, at);

        if (split(map, at, range.start))
            continue; /* the part inside is next */
        split(map, at, range.end);
        if (d->physical < range.end && end_of(d) > range.start)
            d->type = type;
    }
}

static enum mem_type memory_type(uint32_t type)
{
    static const uint8_t types[] = {
        [EFI_LOADER_CODE] = MEM_USABLE,  [EFI_LOADER_DATA] = MEM_USABLE,
        [EFI_BOOT_CODE] = MEM_USABLE,    [EFI_BOOT_DATA] = MEM_USABLE,
        [EFI_CONVENTIONAL] = MEM_USABLE, [EFI_UNUSABLE] = MEM_BAD,
        [EFI_ACPI_RECLAIM] = MEM_ACPI,   [EFI_ACPI_NVS] = MEM_NVS,
    };

    return type < ARRAY_SIZE(types) && types[type] ? (enum mem_type)types[type] : MEM_RESERVED;
}

int efi_map_read(const struct boot_efi *efi, struct boot_info *info, const char **why)
{
    const struct map map = {(uint8_t *)efi->map, efi->map_size, efi->descriptor_size, 0};

    for (uint32_t at = 0; map.size - at >= map.step; at += map.step) {
        const struct descriptor *d = descriptor_at(&map, at);
        const struct mem_region r = {d->physical, d->pages * PAGE_SIZE, memory_type(d->type)};
        struct mem_region *last = info->mem_count ? &info->mem[info->mem_count - 1] : NULL;

        if (last && last->type == r.type && last->base + last->size == r.base)
            last->size += r.size;
        else if (info->mem_count == BOOT_MEM_MAX)
            return boot_fail(-ENOSPC, why, "the firmware's memory map has too many pieces");
        else
            info->mem[info->mem_count++] = r;
    }
    return 0;
}

uint64_t efi_map_room(const struct boot_efi *efi)
{
    return efi->map_size + (uint64_t)ADDED * efi->descriptor_size;
}

uint32_t efi_map_copy(const struct boot_efi *efi, struct phys_range own, hpa_t at, uint8_t *to)
{
    const struct phys_range copy = {ALIGN_DOWN(at, PAGE_SIZE),
                                    ALIGN_UP(at + efi_map_room(efi), PAGE_SIZE)};
    struct map map = {to, efi->map_size, efi->descriptor_size, efi_map_room(efi)};

    memcpy(to, efi->map, efi->map_size);
    set_type(&map, own, EFI_RESERVED);
    set_type(&map, copy, EFI_LOADER_DATA);
    return map.size;
}
