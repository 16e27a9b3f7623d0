/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a Multiboot 1 guest's information; see mb_info.h. No state. */
#include "core/start/mb_info.h"

#include <lapwing/string.h>

static void append_modules(struct mb_block *b, const struct boot_info *boot,
                           const struct phys_range modules[], struct mb1_info *info)
{
    struct mb1_module list[BOOT_MODULE_MAX] = {{0}};

    info->mods_count = boot->module_count - 1;
    for (unsigned i = 0; i < info->mods_count; i++) {
        list[i].start = (uint32_t)modules[i + 1].start;
        list[i].end = (uint32_t)modules[i + 1].end;
        list[i].string = mb_block_append_string(b, boot->modules[i + 1].cmdline);
    }
    info->mods_addr = mb_block_append(b, list, info->mods_count * sizeof(list[0]));
}

void mb_info_fill(const struct guest_source *source, const struct phys_range modules[],
                  struct mb_block *b)
{
    const struct mb_mem_sizes sizes = mb_mem_sizes(source->map);
    struct mb1_info info = {
        .flags =
            MB1_FLAG_MEM | MB1_FLAG_CMDLINE | MB1_FLAG_MODS | MB1_FLAG_MMAP | MB1_FLAG_LOADER_NAME,
        .mem_lower = sizes.lower,
        .mem_upper = sizes.upper,
        .mmap_length = source->map->count * (uint32_t)sizeof(struct mb1_mmap_entry),
    };

    b->at = MB1_GDT_OFFSET;
    mb_block_append_gdt(b);
    info.mmap_addr = mb_block_append_map(b, source->map, sizeof(struct mb_mmap_entry));
    append_modules(b, source->boot, modules, &info);
    info.cmdline = mb_block_append_string(b, source->boot->modules[0].cmdline);
    info.loader_name = mb_block_append_string(b, "Lapwing");
    memcpy(b->bytes, &info, sizeof(info));
}
