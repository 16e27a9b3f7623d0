/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader says about memory, and how much the machine has. */
#ifndef GUEST_MEMORY_MAP_H
#define GUEST_MEMORY_MAP_H

#include <lapwing/types.h>

struct memory_range {
    uint64_t start, end;
};

void memory_map_save(uint32_t magic, const uint32_t *multiboot_info);

/* Available ranges of the Multiboot memory map, in its order. */
unsigned memory_available(const struct memory_range **ranges);

/* The range that contains `address`, or NULL. */
const struct memory_range *memory_find(uint64_t address);

/*
 * End of RAM below 4 GiB as firmware left it in CMOS (QEMU's and Bochs' do); 0 if it is not there.
 */
uint64_t memory_cmos_end(void);

/* Does the payload use this page itself? */
bool memory_is_payload(uint64_t page);

#endif
