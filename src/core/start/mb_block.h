/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing the block that a Multiboot guest finds: what versions 1 and 2 share. Pure. */
#ifndef CORE_START_MB_BLOCK_H
#define CORE_START_MB_BLOCK_H

#include "core/start/guest_plan.h"

/* Enough for the GDT, the information, 128 memory ranges and 16 modules with short strings. */
#define MB_GUEST_BLOCK_MAX (4 * PAGE_SIZE)

/* `at` is the offset of the next piece. */
struct mb_block {
    uint8_t *bytes; /* MB_GUEST_BLOCK_MAX of them */
    uint32_t pa;    /* where the guest will find them */
    uint32_t at;
    uint32_t tag; /* offset of the Multiboot 2 tag that grows with each piece; 0: none */
    bool full;    /* a piece did not fit */
};

/* Appends a piece. Returns its address in the guest. */
uint32_t mb_block_append(struct mb_block *b, const void *data, size_t size);

/* A piece of `size` bytes is in its place, and fits. */
void mb_block_grow(struct mb_block *b, uint32_t size);

/* The same as mb_block_append() for a string and its NUL. */
uint32_t mb_block_append_string(struct mb_block *b, const char *string);

/* The same for a memory map: each range comes behind a word that is `before`. */
uint32_t mb_block_append_map(struct mb_block *b, const struct memmap *map, uint32_t before);

void mb_block_append_gdt(struct mb_block *b);

/* The sizes of memory from 0 and from 1 MiB on, in KiB. */
struct mb_mem_sizes {
    uint32_t lower, upper;
};

struct mb_mem_sizes mb_mem_sizes(const struct memmap *map);

#endif
