/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a Multiboot guest's block; see mb_block.h. No state. */
#include "core/start/mb_block.h"

#include <lapwing/string.h>

#include "core/start/multiboot2_layout.h"
#include "core/start/multiboot_layout.h"

#define ADDRESS_LIMIT (4 * GIB)

void mb_block_grow(struct mb_block *b, uint32_t size)
{
    uint32_t tag_size;

    b->at += size;
    tag_size = b->at - b->tag;
    if (b->tag)
        memcpy(b->bytes + b->tag + offsetof(struct mb2_tag, size), &tag_size, sizeof(tag_size));
}

uint32_t mb_block_append(struct mb_block *b, const void *data, size_t size)
{
    const uint32_t pa = b->pa + b->at;

    if (b->full || size > MB_GUEST_BLOCK_MAX - b->at) {
        b->full = true;
        return pa;
    }
    memcpy(b->bytes + b->at, data, size);
    mb_block_grow(b, (uint32_t)size);
    return pa;
}

uint32_t mb_block_append_string(struct mb_block *b, const char *string)
{
    return mb_block_append(b, string, strlen(string) + 1);
}

uint32_t mb_block_append_map(struct mb_block *b, const struct memmap *map, uint32_t before)
{
    const uint32_t pa = b->pa + b->at;

    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];
        const struct mb1_mmap_entry entry = {
            .size = before,
            .range = {.base = {(uint32_t)r->base, (uint32_t)(r->base >> 32)},
                      .size = {(uint32_t)r->size, (uint32_t)(r->size >> 32)},
                      .type = r->type},
        };

        mb_block_append(b, &entry, sizeof(entry));
    }
    return pa;
}

void mb_block_append_gdt(struct mb_block *b)
{
    mb_block_append(b, guest_gdt, sizeof(guest_gdt));
}

struct mb_mem_sizes mb_mem_sizes(const struct memmap *map)
{
    struct mb_mem_sizes sizes = {0, 0};

    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];
        const uint64_t end = r->base + r->size;

        if (r->type == MEM_USABLE && r->base == 0)
            sizes.lower = (uint32_t)((end < MEMMAP_LOW_END ? end : MEMMAP_LOW_END) / KIB);
        if (r->type == MEM_USABLE && r->base <= MIB && end > MIB)
            sizes.upper = (uint32_t)((end < ADDRESS_LIMIT ? end - MIB : ADDRESS_LIMIT - MIB) / KIB);
    }
    return sizes;
}
