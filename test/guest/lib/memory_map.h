/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's memory map, and how much memory the machine has. */
#ifndef GUEST_LIB_MEMORY_MAP_H
#define GUEST_LIB_MEMORY_MAP_H

#include <lapwing/types.h>

struct memory_range {
    uint64_t start, end;
};

void memory_map_save(uint32_t magic, const uint32_t *multiboot_info);

/* Sets *ranges to the Multiboot map's available ranges, in its order. Returns their number. */
unsigned memory_available(const struct memory_range **ranges);

/* The range that contains `address`, or NULL. */
const struct memory_range *memory_find(uint64_t address);

/* UEFI's types of memory; MEMORY_EFI_NONE: UEFI's map does not have the address, or there is no map. */
#define MEMORY_EFI_NONE     (-1)
#define MEMORY_EFI_RESERVED 0
int memory_efi_type(uint64_t address);

/* Is there a UEFI map? */
bool memory_is_efi(void);

/* Returns the end of RAM below 4 GiB, what the map reserves included. */
uint64_t memory_ram_end(void);

/* Does the payload use this page itself? */
bool memory_is_payload(uint64_t page);

#endif
