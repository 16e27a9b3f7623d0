/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Multiboot 2 information looks like in memory, and the header of a Multiboot 2 kernel. Lapwing
 * reads the information from the boot loader, and writes it for a Multiboot 2 guest.
 *
 * Source: Multiboot2 Specification 2.0, "OS image format", "Boot information format".
 */
#ifndef CORE_START_MULTIBOOT2_LAYOUT_H
#define CORE_START_MULTIBOOT2_LAYOUT_H

#include <lapwing/types.h>

#define MB2_TAG_ALIGN 8U

enum mb2_tag_type {
    MB2_TAG_END = 0,
    MB2_TAG_CMDLINE = 1,
    MB2_TAG_LOADER_NAME = 2,
    MB2_TAG_MODULE = 3,
    MB2_TAG_MEM = 4,
    MB2_TAG_BIOS_DEVICE = 5,
    MB2_TAG_MMAP = 6,
    MB2_TAG_FRAMEBUFFER = 8,
    MB2_TAG_EFI32 = 11,
    MB2_TAG_EFI64 = 12,
    MB2_TAG_ACPI_OLD = 14,
    MB2_TAG_ACPI_NEW = 15,
    MB2_TAG_EFI_MAP = 17,
    MB2_TAG_LOAD_BASE = 21,
    MB2_TAG_LAST = MB2_TAG_LOAD_BASE,
};

struct mb2_tag {
    uint32_t type;
    uint32_t size; /* header included, padding to 8 bytes excluded */
};

struct mb2_module {
    struct mb2_tag tag;
    uint32_t start;
    uint32_t end;
    /* the string follows */
};

struct mb2_mmap {
    struct mb2_tag tag;
    uint32_t entry_size;
    uint32_t entry_version;
};

struct mb2_efi_map {
    struct mb2_tag tag;
    uint32_t descriptor_size;
    uint32_t descriptor_version;
    /* the map follows */
};

_Static_assert(sizeof(struct mb2_module) == 16, "Multiboot 2 layout");
_Static_assert(sizeof(struct mb2_efi_map) == 16, "Multiboot 2 layout");
_Static_assert(sizeof(struct mb2_mmap) == 16, "Multiboot 2 layout");

/* Tags of a kernel's header. */
enum mb2_header_tag_type {
    MB2_HEADER_TAG_END = 0,
    MB2_HEADER_TAG_INFO_REQUEST = 1,
    MB2_HEADER_TAG_ADDRESS = 2,
    MB2_HEADER_TAG_ENTRY = 3,
    MB2_HEADER_TAG_CONSOLE = 4,
    MB2_HEADER_TAG_FRAMEBUFFER = 5,
    MB2_HEADER_TAG_MODULE_ALIGN = 6,
    MB2_HEADER_TAG_EFI_BS = 7,
    MB2_HEADER_TAG_EFI32_ENTRY = 8,
    MB2_HEADER_TAG_EFI64_ENTRY = 9,
    MB2_HEADER_TAG_RELOCATABLE = 10,
    MB2_HEADER_TAG_LAST = MB2_HEADER_TAG_RELOCATABLE,
};

#define MB2_HEADER_MAGIC UINT32_C(0xE85250D6)

struct mb2_header {
    uint32_t magic;
    uint32_t architecture; /* 0: protected mode of an i386 */
    uint32_t length;       /* with all tags */
    uint32_t checksum;
};

struct mb2_header_tag {
    uint16_t type;
    uint16_t flags;
    uint32_t size; /* header included, padding to 8 bytes excluded */
};

#define MB2_HEADER_TAG_OPTIONAL 1 /* flags */

#endif
