/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a Multiboot 2 guest's information; see mb2_info.h. No state. */
#include "core/start/mb2_info.h"

#include <lapwing/string.h>

#include "core/start/efi_map.h"
#include "core/start/multiboot2_layout.h"
#include "core/start/multiboot_layout.h"

#define RSDP_2_SIZE         36U /* of ACPI 2.0 and newer */
#define FRAMEBUFFER_INDEXED 0

/* Begins a tag. What is appended until the next one begins is its data. */
static void begin_tag(struct mb_block *b, uint32_t type)
{
    const struct mb2_tag head = {.type = type};

    b->at = b->tag = ALIGN_UP(b->at, MB2_TAG_ALIGN);
    mb_block_append(b, &head, sizeof(head));
}

static void append_tag(struct mb_block *b, uint32_t type, const void *data, size_t size)
{
    begin_tag(b, type);
    mb_block_append(b, data, size);
}

static void append_string_tag(struct mb_block *b, uint32_t type, const char *string)
{
    begin_tag(b, type);
    mb_block_append_string(b, string);
}

/*
 * Version 1's entries have a word in front of a range, version 2's one behind. So a word that is 0
 * before each range and one after the last are the head's last field, its version, and all entries.
 */
static void append_map_tag(struct mb_block *b, const struct memmap *map)
{
    const uint32_t entry_size = sizeof(struct mb1_mmap_entry), zero = 0;

    append_tag(b, MB2_TAG_MMAP, &entry_size, sizeof(entry_size));
    mb_block_append_map(b, map, 0);
    mb_block_append(b, &zero, sizeof(zero));
}

/* A palette is not known. */
static void append_framebuffer_tag(struct mb_block *b, const struct boot_info *boot)
{
    const struct boot_framebuffer *f = &boot->framebuffer;
    const uint16_t reserved = 0;

    if (!boot->has_framebuffer || f->type == FRAMEBUFFER_INDEXED)
        return;
    append_tag(b, MB2_TAG_FRAMEBUFFER, f, offsetof(struct boot_framebuffer, red_pos));
    mb_block_append(b, &reserved, sizeof(reserved));
    mb_block_append(b, &f->red_pos, sizeof(*f) - offsetof(struct boot_framebuffer, red_pos));
}

static void append_module_tags(struct mb_block *b, const struct boot_info *boot,
                               const struct phys_range modules[])
{
    for (unsigned i = 1; i < boot->module_count; i++) {
        const uint32_t range[2] = {(uint32_t)modules[i].start, (uint32_t)modules[i].end};

        append_tag(b, MB2_TAG_MODULE, range, sizeof(range));
        mb_block_append_string(b, boot->modules[i].cmdline);
    }
}

/*
 * UEFI has ended boot services, and left its table and its map. The map's copy is in the block's own
 * pages, which are the loader's.
 */
static void append_efi_tags(struct mb_block *b, const struct guest_source *source)
{
    const struct boot_efi *efi = &source->boot->efi;
    const uint32_t head[2] = {efi->descriptor_size, efi->descriptor_version};

    if (efi->system_table)
        append_tag(b, MB2_TAG_EFI64, &efi->system_table, sizeof(efi->system_table));
    if (!efi->map)
        return;
    append_tag(b, MB2_TAG_EFI_MAP, head, sizeof(head));
    if (efi_map_room(efi) > MB_GUEST_BLOCK_MAX - b->at)
        b->full = true;
    else
        mb_block_grow(b, efi_map_copy(efi, source->own, b->pa + b->at, b->bytes + b->at));
}

void mb2_info_fill(const struct guest_source *source, const struct phys_range modules[],
                   uint32_t load_base, struct mb_block *b)
{
    const struct boot_info *boot = source->boot;
    const struct mb_mem_sizes sizes = mb_mem_sizes(source->map);
    uint32_t head[2] = {0, 0};

    mb_block_append_gdt(b);
    mb_block_append(b, head, sizeof(head));
    append_string_tag(b, MB2_TAG_CMDLINE, boot->modules[0].cmdline);
    append_string_tag(b, MB2_TAG_LOADER_NAME, "Lapwing");
    append_tag(b, MB2_TAG_MEM, &sizes, sizeof(sizes));
    append_tag(b, MB2_TAG_LOAD_BASE, &load_base, sizeof(load_base));
    append_map_tag(b, source->map);
    append_module_tags(b, boot, modules);
    append_framebuffer_tag(b, boot);
    if (boot->rsdp_copy)
        append_tag(b, boot->rsdp_size < RSDP_2_SIZE ? MB2_TAG_ACPI_OLD : MB2_TAG_ACPI_NEW,
                   boot->rsdp_copy, boot->rsdp_size);
    append_efi_tags(b, source);
    begin_tag(b, MB2_TAG_END);
    head[0] = b->at - MB2_INFO_OFFSET;
    memcpy(b->bytes + MB2_INFO_OFFSET, head, sizeof(head));
}
