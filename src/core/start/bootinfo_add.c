/* SPDX-License-Identifier: GPL-2.0-only */
/* Filling struct boot_info; see bootinfo_add.h. No state. */
#include "core/start/bootinfo_add.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

static uint64_t u64_of(const uint32_t half[2])
{
    return half[0] | (uint64_t)half[1] << 32;
}

void boot_info_init(struct boot_info *out)
{
    memset(out, 0, sizeof(*out));
    out->cmdline = "";
    out->loader_name = "";
}

int boot_info_add_loader_range(struct boot_info *out, hpa_t pa, uint64_t size, const char **why)
{
    hpa_t start = ALIGN_DOWN(pa, PAGE_SIZE);
    hpa_t end = ALIGN_UP(pa + size, PAGE_SIZE);
    struct phys_range *r = out->loader;

    for (unsigned i = 0; i < out->loader_count; i++, r++) {
        if (start > r->end || end < r->start)
            continue;
        r->start = start < r->start ? start : r->start;
        r->end = end > r->end ? end : r->end;
        return 0;
    }
    if (out->loader_count == BOOT_LOADER_MAX)
        return boot_fail(-ENOSPC, why, "Multiboot information is scattered over too many places");
    *r = (struct phys_range){start, end};
    out->loader_count++;
    return 0;
}

int boot_info_add_memory(struct boot_info *out, const struct mb_mmap_entry *e, const char **why)
{
    struct mem_region region = {u64_of(e->base), u64_of(e->size), e->type};

    if (region.size == 0)
        return 0;
    if (out->mem_count == BOOT_MEM_MAX)
        return boot_fail(-ENOSPC, why, "the memory map has more than 128 entries");
    if (region.type == 0)
        region.type = MEM_RESERVED;
    out->mem[out->mem_count++] = region;
    return 0;
}

int boot_info_add_module(struct boot_info *out, hpa_t start, hpa_t end, const char *cmdline,
                         const char **why)
{
    if (start > end)
        return boot_fail(-EINVAL, why, "a Multiboot module ends before it starts");
    if (out->module_count == BOOT_MODULE_MAX)
        return boot_fail(-ENOSPC, why, "there are more than 16 Multiboot modules");
    out->modules[out->module_count++] = (struct boot_module){start, end, cmdline};
    return 0;
}

_Static_assert(offsetof(struct boot_framebuffer, red_pos) ==
                   offsetof(struct mb_framebuffer, type) + 1,
               "both layouts");

void boot_info_set_framebuffer(struct boot_info *out, const struct mb_framebuffer *f,
                               const uint8_t *colours)
{
    out->has_framebuffer = true;
    memcpy(&out->framebuffer, f, offsetof(struct boot_framebuffer, red_pos));
    memcpy(&out->framebuffer.red_pos, colours, 6);
}
