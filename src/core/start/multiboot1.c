/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading Multiboot 1 boot information. Every offset, count and string is checked against what may
 * be read: a loader's bug must end in a message, not in a wild read. No state.
 *
 * Source: Multiboot Specification 0.6.96, "Boot information format".
 */
#include "core/start/multiboot.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"

static int read_phys(const struct phys_reader *mem, hpa_t pa, void *to, size_t size)
{
    const void *p = mem->map(mem->ctx, pa, size);

    if (!p)
        return -EINVAL;
    memcpy(to, p, size);
    return 0;
}

/* Finds the end of a string byte by byte, because no length is given. */
static const char *phys_string(const struct phys_reader *mem, hpa_t pa, size_t *size)
{
    for (size_t n = 0; n < MULTIBOOT_STRING_MAX; n++) {
        const char *c = mem->map(mem->ctx, pa + n, 1);

        if (!c)
            return NULL;
        if (*c == '\0') {
            *size = n + 1;
            return mem->map(mem->ctx, pa, n + 1);
        }
    }
    return NULL;
}

static int mb1_string(hpa_t pa, const struct phys_reader *mem, struct boot_info *out,
                      const char **string, const char **why)
{
    size_t size = 0;

    if (pa == 0) {
        *string = "";
        return 0;
    }
    *string = phys_string(mem, pa, &size);
    if (!*string)
        return boot_fail(-EINVAL, why, "a Multiboot string has no end");
    return boot_info_add_loader_range(out, pa, size, why);
}

static int mb1_modules(const struct mb1_info *info, const struct phys_reader *mem,
                       struct boot_info *out, const char **why)
{
    int ret = 0;

    for (uint32_t i = 0; i < info->mods_count && ret == 0; i++) {
        hpa_t pa = info->mods_addr + (uint64_t)i * sizeof(struct mb1_module);
        struct mb1_module m;
        const char *cmdline;

        if (read_phys(mem, pa, &m, sizeof(m)))
            return boot_fail(-EINVAL, why, "the Multiboot module list cannot be read");
        ret = boot_info_add_loader_range(out, pa, sizeof(m), why);
        if (ret == 0)
            ret = mb1_string(m.string, mem, out, &cmdline, why);
        if (ret == 0)
            ret = boot_info_add_module(out, m.start, m.end, cmdline, why);
    }
    return ret;
}

static int mb1_mmap(const struct mb1_info *info, const struct phys_reader *mem,
                    struct boot_info *out, const char **why)
{
    uint64_t pa = info->mmap_addr;
    uint64_t end = pa + info->mmap_length;

    while (pa < end) {
        struct mb_mmap_entry e;
        uint32_t size; /* of the entry without this field */
        int ret;

        if (end - pa < sizeof(size) + sizeof(e) || read_phys(mem, pa, &size, sizeof(size)) ||
            size < sizeof(e) || size > end - pa - sizeof(size) ||
            read_phys(mem, pa + sizeof(size), &e, sizeof(e)))
            return boot_fail(-EINVAL, why, "the Multiboot memory map cannot be read");
        ret = boot_info_add_memory(out, &e, why);
        if (ret)
            return ret;
        pa += sizeof(size) + (uint64_t)size;
    }
    return 0;
}

static int mb1_framebuffer(hpa_t info_pa, const struct phys_reader *mem, struct boot_info *out,
                           const char **why)
{
    hpa_t pa = info_pa + MB1_FRAMEBUFFER_OFFSET;
    struct mb_framebuffer f;
    uint8_t colours[6];

    if (read_phys(mem, pa, &f, sizeof(f)) ||
        read_phys(mem, pa + offsetof(struct mb_framebuffer, type) + 1, colours, sizeof(colours)))
        return boot_fail(-EINVAL, why, "the Multiboot framebuffer information cannot be read");
    boot_info_set_framebuffer(out, &f, colours);
    return 0;
}

int multiboot1_parse(hpa_t info_pa, const struct phys_reader *mem, struct boot_info *out,
                     const char **why)
{
    struct mb1_info info;
    int ret;

    boot_info_init(out);
    if (read_phys(mem, info_pa, &info, sizeof(info)))
        return boot_fail(-EINVAL, why, "the Multiboot information cannot be read");
    if (!(info.flags & MB1_FLAG_MMAP))
        return boot_fail(-EINVAL, why, "the boot loader gave no memory map");

    if (info.flags & MB1_FLAG_MEM) {
        out->lower_kb = info.mem_lower;
        out->upper_kb = info.mem_upper;
    }
    if (info.flags & MB1_FLAG_BOOT_DEVICE) {
        out->has_drive = true;
        out->drive = (uint8_t)(info.boot_device >> 24);
    }
    ret = boot_info_add_loader_range(out, info_pa, sizeof(info), why);
    if (ret == 0 && (info.flags & MB1_FLAG_CMDLINE))
        ret = mb1_string(info.cmdline, mem, out, &out->cmdline, why);
    if (ret == 0 && (info.flags & MB1_FLAG_LOADER_NAME))
        ret = mb1_string(info.loader_name, mem, out, &out->loader_name, why);
    if (ret == 0)
        ret = mb1_mmap(&info, mem, out, why);
    if (ret == 0 && (info.flags & MB1_FLAG_MODS))
        ret = mb1_modules(&info, mem, out, why);
    if (ret == 0 && (info.flags & MB1_FLAG_FRAMEBUFFER))
        ret = mb1_framebuffer(info_pa, mem, out, why);
    return ret;
}
