/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's memory map; see memory_map.h. State: a copy of the map, made by the BSP. */
#include "memory_map.h"

#include <lapwing/string.h>
#include "cpu_insn.h"
#include "multiboot2.h"
#include "segments.h"

#define MULTIBOOT_INFO_MMAP BIT32(6)
#define INFO_MMAP_LENGTH    11 /* index of the 32-bit field */
#define INFO_MMAP_ADDRESS   12
#define MMAP_AVAILABLE      1
#define MAX_RANGES          64
#define MAX_EFI_RANGES      512

/* Version 2's entries have no size of their own, and a word behind each instead of one before. */
#define MAP2_ENTRY_SIZE 0
#define MAP2_FIRST      4

struct mmap_entry {
    uint32_t size; /* of the rest; of version 1 */
    uint64_t address, length;
    uint32_t type;
} __attribute__((packed));

extern uint8_t payload_start[], payload_end[];

static struct memory_range available[MAX_RANGES];
static unsigned ranges;
static uint64_t ram_end;

/* As it is in memory, behind a head of two words. */
struct efi_descriptor {
    uint32_t type, padding;
    uint64_t physical, virtual, pages, attribute;
};

static struct efi_range {
    uint64_t start, end;
    int type;
} efi[MAX_EFI_RANGES];
static unsigned efi_ranges;

static void efi_save(const uint8_t *tag, uint32_t size)
{
    uint32_t step;

    memcpy(&step, tag, sizeof(step));
    for (uint32_t at = 8; at + step <= size && efi_ranges < MAX_EFI_RANGES; at += step) {
        struct efi_descriptor d;

        memcpy(&d, tag + at, sizeof(d));
        efi[efi_ranges++] =
            (struct efi_range){d.physical, d.physical + d.pages * PAGE_SIZE, (int)d.type};
    }
}

int memory_efi_type(uint64_t address)
{
    for (unsigned i = 0; i < efi_ranges; i++)
        if (address >= efi[i].start && address < efi[i].end)
            return efi[i].type;
    return MEMORY_EFI_NONE;
}

bool memory_is_efi(void)
{
    return efi_ranges > 0;
}

/* Firmware puts what it keeps for itself at the end of RAM, without a gap. */
static uint64_t find_ram_end(uint64_t at, uint64_t end, uint32_t step)
{
    uint64_t found = MIB;
    struct mmap_entry entry;

    for (uint64_t next = at; next + sizeof(entry) <= end;) {
        memcpy(&entry, (const void *)(uintptr_t)next, sizeof(entry));
        next += step ? step : entry.size + sizeof(entry.size);
        if (entry.address <= found && entry.address + entry.length > found) {
            found = entry.address + entry.length;
            next = at;
        }
    }
    return found;
}

void memory_map_save(uint32_t magic, const uint32_t *info)
{
    uint64_t at = 0, end = 0;
    uint32_t size, step = 0;
    const uint8_t *tag = multiboot2_find(magic, info, MULTIBOOT2_MEMORY_MAP, &size);

    if (tag) {
        at = (uintptr_t)tag + MAP2_FIRST;
        end = (uintptr_t)tag + size;
        memcpy(&step, tag + MAP2_ENTRY_SIZE, sizeof(step));
        tag = multiboot2_find(magic, info, MULTIBOOT2_EFI_MAP, &size);
        if (tag)
            efi_save(tag, size);
    } else if (magic == MULTIBOOT_BOOTED && (info[0] & MULTIBOOT_INFO_MMAP)) {
        at = info[INFO_MMAP_ADDRESS];
        end = at + info[INFO_MMAP_LENGTH];
    }
    ram_end = find_ram_end(at, end, step);

    while (at + sizeof(struct mmap_entry) <= end && ranges < MAX_RANGES) {
        struct mmap_entry entry;

        memcpy(&entry, (const void *)(uintptr_t)at, sizeof(entry));
        at += step ? step : entry.size + sizeof(entry.size);
        if (entry.type == MMAP_AVAILABLE)
            available[ranges++] =
                (struct memory_range){entry.address, entry.address + entry.length};
    }
}

unsigned memory_available(const struct memory_range **list)
{
    *list = available;
    return ranges;
}

const struct memory_range *memory_find(uint64_t address)
{
    for (unsigned i = 0; i < ranges; i++)
        if (address >= available[i].start && address < available[i].end)
            return &available[i];
    return NULL;
}

uint64_t memory_ram_end(void)
{
    return ram_end;
}

bool memory_is_payload(uint64_t page)
{
    return page >= ((uintptr_t)payload_start & PAGE_MASK) && page < (uintptr_t)payload_end;
}
