/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's memory map; see memory_map.h. State: a copy of the map, made by the BSP. */
#include "memory_map.h"

#include <lapwing/string.h>
#include "cpu_insn.h"
#include "segments.h"

#define MULTIBOOT_INFO_MMAP BIT32(6)
#define INFO_MMAP_LENGTH    11 /* index of the 32-bit field */
#define INFO_MMAP_ADDRESS   12
#define MMAP_AVAILABLE      1
#define MAX_RANGES          32

struct mmap_entry {
    uint32_t size; /* of the rest */
    uint64_t address, length;
    uint32_t type;
} __attribute__((packed));

extern uint8_t payload_start[], payload_end[];

static struct memory_range available[MAX_RANGES];
static unsigned ranges;
static uint64_t ram_end;

/* Firmware puts what it keeps for itself at the end of RAM, without a gap. */
static uint64_t find_ram_end(uint64_t at, uint64_t end)
{
    uint64_t found = MIB;
    struct mmap_entry entry;

    for (uint64_t next = at; next + sizeof(entry) <= end;) {
        memcpy(&entry, (const void *)(uintptr_t)next, sizeof(entry));
        next += entry.size + sizeof(entry.size);
        if (entry.address <= found && entry.address + entry.length > found) {
            found = entry.address + entry.length;
            next = at;
        }
    }
    return found;
}

void memory_map_save(uint32_t magic, const uint32_t *info)
{
    if (magic != MULTIBOOT_BOOTED || !(info[0] & MULTIBOOT_INFO_MMAP))
        return;

    uint64_t at = info[INFO_MMAP_ADDRESS], end = at + info[INFO_MMAP_LENGTH];

    ram_end = find_ram_end(at, end);

    while (at + sizeof(struct mmap_entry) <= end && ranges < MAX_RANGES) {
        struct mmap_entry entry;

        memcpy(&entry, (const void *)(uintptr_t)at, sizeof(entry));
        at += entry.size + sizeof(entry.size);
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
