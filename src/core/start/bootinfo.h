/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot loader said, in one form for Multiboot 1 and 2.
 *
 * Nothing is copied out of the loader's memory: strings, modules and the RSDP copy stay where the
 * loader put them. Until the guest is in place, nobody may allocate memory in loader[] and
 * modules[]; boot_info_reserve() marks both in a copy of the map.
 */
#ifndef CORE_START_BOOTINFO_H
#define CORE_START_BOOTINFO_H

#include <lapwing/types.h>
#include "core/memory/memmap.h"

#define BOOT_MEM_MAX    MEMMAP_FIRMWARE_MAX
#define BOOT_MODULE_MAX 16
#define BOOT_LOADER_MAX 24

struct phys_range {
    hpa_t start;
    hpa_t end; /* the first byte after the range */
};

struct boot_module {
    hpa_t start;
    hpa_t end;           /* the first byte after the module */
    const char *cmdline; /* never NULL */
};

/*
 * Multiboot's framebuffer description, laid out as version 1 has it. The colour fields are valid
 * only for type 1 (RGB).
 */
struct boot_framebuffer {
    hpa_t addr;
    uint32_t pitch;
    uint32_t width;
    uint32_t height;
    uint8_t bpp;
    uint8_t type; /* 0 indexed, 1 RGB, 2 EGA text */
    uint8_t red_pos, red_size;
    uint8_t green_pos, green_size;
    uint8_t blue_pos, blue_size;
};

#define EFI_DESCRIPTOR_MIN 40 /* bytes of what is known of a descriptor of UEFI's memory map */

/* What UEFI firmware left. Boot services have ended. */
struct boot_efi {
    hpa_t system_table;       /* of 64-bit firmware; 0: unknown */
    const uint8_t *map;       /* the memory map, or NULL */
    uint32_t map_size;        /* bytes, a multiple of descriptor_size */
    uint32_t descriptor_size; /* EFI_DESCRIPTOR_MIN at least */
    uint32_t descriptor_version;
};

struct boot_info {
    const char *cmdline;     /* Lapwing's own; never NULL */
    const char *loader_name; /* never NULL */
    const void *rsdp_copy;   /* the loader's copy of the RSDP, or NULL: search for it */
    size_t rsdp_size;
    uint32_t lower_kb; /* KiB below 640 KiB; 0: the loader did not say */
    uint32_t upper_kb;
    bool multiboot2;     /* the loader's protocol */
    bool is_efi;         /* started by UEFI firmware */
    struct boot_efi efi; /* valid with is_efi */
    bool is_app;         /* as an application, with boot services alive: efi_app.h */
    hpa_t low_page;      /* Lapwing's, below 640 KiB; 0: none was taken yet */
    bool has_drive;
    uint8_t drive; /* the BIOS's drive that Lapwing was loaded from; valid with has_drive */
    bool has_framebuffer;
    struct boot_framebuffer framebuffer;

    /* In the loader's order: unsorted, and ranges may overlap. memmap_init() makes a map of it. */
    unsigned mem_count;
    struct mem_region mem[BOOT_MEM_MAX];

    unsigned module_count;
    struct boot_module modules[BOOT_MODULE_MAX];

    /* Pages that hold what the pointers above point to. */
    unsigned loader_count;
    struct phys_range loader[BOOT_LOADER_MAX];
};

/* On a copy of the map: marks all that `info` points to as not usable. -ENOSPC: too many pieces. */
int boot_info_reserve(const struct boot_info *info, struct memmap *map);

/*
 * How pure code reads physical memory. map() returns NULL if [pa, pa+size) cannot be read. The
 * result stays valid, and need not be aligned.
 */
struct phys_reader {
    const void *(*map)(void *ctx, hpa_t pa, size_t size);
    void *ctx;
};

#endif
