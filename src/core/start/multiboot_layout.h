/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Multiboot 1 information looks like in memory, and what versions 1 and 2 have in common.
 * Lapwing reads it from the boot loader, and writes it for a Multiboot guest.
 *
 * Source: Multiboot Specification 0.6.96, "Boot information format".
 */
#ifndef CORE_START_MULTIBOOT_LAYOUT_H
#define CORE_START_MULTIBOOT_LAYOUT_H

#include <lapwing/types.h>

enum mb1_flag {
    MB1_FLAG_MEM = 1 << 0,
    MB1_FLAG_BOOT_DEVICE = 1 << 1,
    MB1_FLAG_CMDLINE = 1 << 2,
    MB1_FLAG_MODS = 1 << 3,
    MB1_FLAG_MMAP = 1 << 6,
    MB1_FLAG_LOADER_NAME = 1 << 9,
    MB1_FLAG_FRAMEBUFFER = 1 << 12,
};

struct mb1_info {
    uint32_t flags;
    uint32_t mem_lower;
    uint32_t mem_upper;
    uint32_t boot_device; /* the BIOS's drive in bits 31:24 */
    uint32_t cmdline;
    uint32_t mods_count;
    uint32_t mods_addr;
    uint32_t syms[4];
    uint32_t mmap_length;
    uint32_t mmap_addr;
    uint32_t drives[2];
    uint32_t config_table;
    uint32_t loader_name;
    uint32_t apm_table;
};

/* VBE fields follow, and then struct mb_framebuffer, which is there only if its flag is set. */
#define MB1_FRAMEBUFFER_OFFSET 88

/* The size of the information with all of these. */
#define MB1_INFO_SIZE 116

struct mb1_module {
    uint32_t start;
    uint32_t end;
    uint32_t string;
    uint32_t reserved;
};

/* One range of the memory map. */
struct mb_mmap_entry {
    uint32_t base[2]; /* two halves, because version 1 aligns only to 4 bytes */
    uint32_t size[2];
    uint32_t type;
};

struct mb_framebuffer {
    uint32_t addr[2];
    uint32_t pitch;
    uint32_t width;
    uint32_t height;
    uint8_t bpp;
    uint8_t type;
};

/* An entry of version 1's memory map. */
struct mb1_mmap_entry {
    uint32_t size; /* of the rest */
    struct mb_mmap_entry range;
};

_Static_assert(offsetof(struct mb1_info, mmap_length) == 44, "Multiboot 1 layout");
_Static_assert(offsetof(struct mb1_info, loader_name) == 64, "Multiboot 1 layout");
_Static_assert(sizeof(struct mb1_module) == 16, "Multiboot 1 layout");
_Static_assert(sizeof(struct mb1_mmap_entry) == 24, "Multiboot 1 layout");
_Static_assert(sizeof(struct mb_mmap_entry) == 20, "both layouts");
_Static_assert(offsetof(struct mb_framebuffer, type) == 21, "both layouts");

#endif
