/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a Multiboot 1 guest's information; see mb_info.h. No state. */
#include "core/start/mb_info.h"

#include <lapwing/string.h>

#define ADDRESS_LIMIT (4 * GIB)

static const char loader_name[] = "Lapwing";

uint64_t mb_info_block_size(const struct guest_source *source)
{
    uint64_t size = MB1_INFO_SIZE + GUEST_GDT_SIZE +
                    source->map->count * sizeof(struct mb1_mmap_entry) + sizeof(loader_name);

    for (unsigned i = 0; i < source->boot->module_count; i++)
        size += sizeof(struct mb1_module) + strlen(source->boot->modules[i].cmdline) + 1;
    return size;
}

/* The block being written. `at` is the offset of the next piece. */
struct writer {
    uint8_t *block;
    uint32_t pa;
    uint32_t at;
};

/* Appends a piece. Returns its address in the guest. */
static uint32_t append(struct writer *w, const void *data, size_t size)
{
    uint32_t pa = w->pa + w->at;

    memcpy(w->block + w->at, data, size);
    w->at += (uint32_t)size;
    return pa;
}

static void append_map(struct writer *w, const struct memmap *map, struct mb1_info *info)
{
    info->mmap_addr = w->pa + w->at;
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];
        uint64_t end = r->base + r->size;
        struct mb1_mmap_entry entry = {
            .size = sizeof(entry) - sizeof(entry.size),
            .range = {.base = {(uint32_t)r->base, (uint32_t)(r->base >> 32)},
                      .size = {(uint32_t)r->size, (uint32_t)(r->size >> 32)},
                      .type = r->type},
        };

        append(w, &entry, sizeof(entry));
        if (r->type == MEM_USABLE && r->base == 0)
            info->mem_lower = (uint32_t)((end < MEMMAP_LOW_END ? end : MEMMAP_LOW_END) / KIB);
        if (r->type == MEM_USABLE && r->base <= MIB && end > MIB)
            info->mem_upper =
                (uint32_t)((end < ADDRESS_LIMIT ? end - MIB : ADDRESS_LIMIT - MIB) / KIB);
    }
    info->mmap_length = w->pa + w->at - info->mmap_addr;
}

static void append_modules(struct writer *w, const struct boot_info *boot,
                           const struct phys_range modules[], struct mb1_info *info)
{
    uint32_t list = w->at;

    info->mods_count = boot->module_count - 1;
    info->mods_addr = w->pa + list;
    w->at += info->mods_count * (uint32_t)sizeof(struct mb1_module);
    for (unsigned i = 1; i < boot->module_count; i++, list += (uint32_t)sizeof(struct mb1_module)) {
        const char *line = boot->modules[i].cmdline;
        struct mb1_module m = {
            .start = (uint32_t)modules[i].start,
            .end = (uint32_t)modules[i].end,
            .string = append(w, line, strlen(line) + 1),
        };

        memcpy(w->block + list, &m, sizeof(m));
    }
}

void mb_info_fill(const struct guest_source *source, const struct guest_plan *plan,
                  const struct phys_range modules[BOOT_MODULE_MAX], uint8_t *block)
{
    const char *cmdline = source->boot->modules[0].cmdline;
    struct writer w = {.block = block, .pa = (uint32_t)plan->block_pa, .at = MB1_INFO_SIZE};
    struct mb1_info info = {.flags = MB1_FLAG_MEM | MB1_FLAG_CMDLINE | MB1_FLAG_MODS |
                                     MB1_FLAG_MMAP | MB1_FLAG_LOADER_NAME};
    uint64_t gdt[GUEST_GDT_SIZE / 8];

    memset(block, 0, plan->block_size);
    guest_gdt_fill(gdt);
    append(&w, gdt, sizeof(gdt));
    append_map(&w, source->map, &info);
    append_modules(&w, source->boot, modules, &info);
    info.cmdline = append(&w, cmdline, strlen(cmdline) + 1);
    info.loader_name = append(&w, loader_name, sizeof(loader_name));
    memcpy(block, &info, sizeof(info));
}
