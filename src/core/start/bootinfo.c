/* SPDX-License-Identifier: GPL-2.0-only */
/* Marking the memory that the boot loader's data takes; see bootinfo.h. No state. */
#include "core/start/bootinfo.h"

static int reserve_pages(struct memmap *map, hpa_t start, hpa_t end)
{
    start = ALIGN_DOWN(start, PAGE_SIZE);
    end = ALIGN_UP(end, PAGE_SIZE);
    return memmap_reserve(map, start, end - start, MEM_RESERVED);
}

int boot_info_reserve(const struct boot_info *info, struct memmap *map)
{
    int ret = 0;

    for (unsigned i = 0; i < info->module_count && ret == 0; i++)
        ret = reserve_pages(map, info->modules[i].start, info->modules[i].end);
    for (unsigned i = 0; i < info->loader_count && ret == 0; i++)
        ret = reserve_pages(map, info->loader[i].start, info->loader[i].end);
    return ret;
}
