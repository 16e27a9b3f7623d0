/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading Multiboot 1 and 2 boot information. Every offset, count and string is checked against
 * what may be read: a loader's bug must end in a message, not in a wild read. No state.
 *
 * Sources: Multiboot Specification 0.6.96, "Boot information format"; Multiboot2 Specification 2.0,
 * "Boot information format".
 */
#include "core/start/multiboot.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

enum mb1_flag {
    MB1_FLAG_MEM = 1 << 0,
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
    uint32_t boot_device;
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

/* The framebuffer fields follow the VBE fields. They are read only if their flag is set. */
#define MB1_FRAMEBUFFER_OFFSET 88

struct mb1_module {
    uint32_t start;
    uint32_t end;
    uint32_t string;
    uint32_t reserved;
};

enum mb2_tag_type {
    MB2_TAG_END = 0,
    MB2_TAG_CMDLINE = 1,
    MB2_TAG_LOADER_NAME = 2,
    MB2_TAG_MODULE = 3,
    MB2_TAG_MEM = 4,
    MB2_TAG_MMAP = 6,
    MB2_TAG_FRAMEBUFFER = 8,
    MB2_TAG_EFI32 = 11,
    MB2_TAG_EFI64 = 12,
    MB2_TAG_ACPI_OLD = 14,
    MB2_TAG_ACPI_NEW = 15,
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

/* One range, the same in both versions. (Version 1 puts the entry's size in front of it.) */
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

_Static_assert(offsetof(struct mb1_info, mmap_length) == 44, "Multiboot 1 layout");
_Static_assert(offsetof(struct mb1_info, loader_name) == 64, "Multiboot 1 layout");
_Static_assert(sizeof(struct mb1_module) == 16, "Multiboot 1 layout");
_Static_assert(sizeof(struct mb2_module) == 16, "Multiboot 2 layout");
_Static_assert(sizeof(struct mb2_mmap) == 16, "Multiboot 2 layout");
_Static_assert(sizeof(struct mb_mmap_entry) == 20, "both layouts");
_Static_assert(offsetof(struct mb_framebuffer, type) == 21, "both layouts");

static uint64_t u64_of(const uint32_t half[2])
{
    return half[0] | (uint64_t)half[1] << 32;
}

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

static void boot_info_init(struct boot_info *out)
{
    memset(out, 0, sizeof(*out));
    out->cmdline = "";
    out->loader_name = "";
}

/* Adds the pages of [pa, pa+size) to the loader's ranges. Ranges that touch become one. */
static int add_loader_range(struct boot_info *out, hpa_t pa, uint64_t size, const char **why)
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
        return fail(-ENOSPC, why, "Multiboot information is scattered over too many places");
    *r = (struct phys_range){start, end};
    out->loader_count++;
    return 0;
}

static int add_memory(struct boot_info *out, const struct mb_mmap_entry *e, const char **why)
{
    struct mem_region region = {u64_of(e->base), u64_of(e->size), e->type};

    if (region.size == 0)
        return 0;
    if (out->mem_count == BOOT_MEM_MAX)
        return fail(-ENOSPC, why, "the memory map has more than 128 entries");
    if (region.type == 0)
        region.type = MEM_RESERVED;
    out->mem[out->mem_count++] = region;
    return 0;
}

static int add_module(struct boot_info *out, hpa_t start, hpa_t end, const char *cmdline,
                      const char **why)
{
    if (start > end)
        return fail(-EINVAL, why, "a Multiboot module ends before it starts");
    if (out->module_count == BOOT_MODULE_MAX)
        return fail(-ENOSPC, why, "there are more than 16 Multiboot modules");
    out->modules[out->module_count++] = (struct boot_module){start, end, cmdline};
    return 0;
}

static void set_framebuffer(struct boot_info *out, const struct mb_framebuffer *f,
                            const uint8_t *colours)
{
    out->has_framebuffer = true;
    out->framebuffer = (struct boot_framebuffer){
        .addr = u64_of(f->addr),
        .pitch = f->pitch,
        .width = f->width,
        .height = f->height,
        .bpp = f->bpp,
        .type = f->type,
        .red_pos = colours[0],
        .red_size = colours[1],
        .green_pos = colours[2],
        .green_size = colours[3],
        .blue_pos = colours[4],
        .blue_size = colours[5],
    };
}

/* Multiboot 1 ------------------------------------------------------------------------------- */

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
        return fail(-EINVAL, why, "a Multiboot string has no end");
    return add_loader_range(out, pa, size, why);
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
            return fail(-EINVAL, why, "the Multiboot module list cannot be read");
        ret = add_loader_range(out, pa, sizeof(m), why);
        if (ret == 0)
            ret = mb1_string(m.string, mem, out, &cmdline, why);
        if (ret == 0)
            ret = add_module(out, m.start, m.end, cmdline, why);
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
            return fail(-EINVAL, why, "the Multiboot memory map cannot be read");
        ret = add_memory(out, &e, why);
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
        return fail(-EINVAL, why, "the Multiboot framebuffer information cannot be read");
    set_framebuffer(out, &f, colours);
    return 0;
}

int multiboot1_parse(hpa_t info_pa, const struct phys_reader *mem, struct boot_info *out,
                     const char **why)
{
    struct mb1_info info;
    int ret;

    boot_info_init(out);
    if (read_phys(mem, info_pa, &info, sizeof(info)))
        return fail(-EINVAL, why, "the Multiboot information cannot be read");
    if (!(info.flags & MB1_FLAG_MMAP))
        return fail(-EINVAL, why, "the boot loader gave no memory map");

    if (info.flags & MB1_FLAG_MEM) {
        out->lower_kb = info.mem_lower;
        out->upper_kb = info.mem_upper;
    }
    ret = add_loader_range(out, info_pa, sizeof(info), why);
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

/* Multiboot 2 ------------------------------------------------------------------------------- */

/*
 * Returns the string at `offset` of a tag of `size` bytes, or NULL if the tag has no NUL after it.
 */
static const char *tag_string(const uint8_t *tag, uint32_t size, uint32_t offset)
{
    for (uint32_t i = offset; i < size; i++) {
        if (tag[i] == '\0')
            return (const char *)tag + offset;
    }
    return NULL;
}

static int mb2_mmap(const uint8_t *tag, uint32_t size, struct boot_info *out, const char **why)
{
    struct mb2_mmap mmap;

    if (size < sizeof(mmap))
        return fail(-EINVAL, why, "a Multiboot 2 tag is too short");
    memcpy(&mmap, tag, sizeof(mmap));
    if (mmap.entry_size < sizeof(struct mb_mmap_entry))
        return fail(-EINVAL, why, "the Multiboot 2 memory map has too short entries");

    for (uint32_t at = sizeof(mmap); size - at >= mmap.entry_size; at += mmap.entry_size) {
        struct mb_mmap_entry e;
        int ret;

        memcpy(&e, tag + at, sizeof(e));
        ret = add_memory(out, &e, why);
        if (ret)
            return ret;
    }
    return 0;
}

static int mb2_module(const uint8_t *tag, uint32_t size, struct boot_info *out, const char **why)
{
    struct mb2_module m;
    const char *cmdline = tag_string(tag, size, sizeof(m));

    if (!cmdline)
        return fail(-EINVAL, why, "a Multiboot 2 module has no command line");
    memcpy(&m, tag, sizeof(m));
    return add_module(out, m.start, m.end, cmdline, why);
}

static int mb2_framebuffer(const uint8_t *tag, uint32_t size, struct boot_info *out,
                           const char **why)
{
    const uint32_t colours_offset = 32; /* after the common part and two reserved bytes */
    static const uint8_t no_colours[6];
    struct mb_framebuffer f;

    if (size < sizeof(struct mb2_tag) + sizeof(f))
        return fail(-EINVAL, why, "a Multiboot 2 tag is too short");
    memcpy(&f, tag + sizeof(struct mb2_tag), sizeof(f));
    set_framebuffer(
        out, &f, size >= colours_offset + sizeof(no_colours) ? tag + colours_offset : no_colours);
    return 0;
}

static int mb2_string(const uint8_t *tag, uint32_t size, const char **string, const char **why)
{
    *string = tag_string(tag, size, sizeof(struct mb2_tag));
    if (!*string) {
        *string = "";
        return fail(-EINVAL, why, "a Multiboot 2 string has no end");
    }
    return 0;
}

static int mb2_tag(const uint8_t *tag, const struct mb2_tag *head, struct boot_info *out,
                   const char **why)
{
    switch (head->type) {
    case MB2_TAG_CMDLINE:
        return mb2_string(tag, head->size, &out->cmdline, why);
    case MB2_TAG_LOADER_NAME:
        return mb2_string(tag, head->size, &out->loader_name, why);
    case MB2_TAG_MODULE:
        return mb2_module(tag, head->size, out, why);
    case MB2_TAG_MEM:
        if (head->size < sizeof(*head) + 2 * sizeof(uint32_t))
            return fail(-EINVAL, why, "a Multiboot 2 tag is too short");
        memcpy(&out->lower_kb, tag + sizeof(*head), sizeof(uint32_t));
        memcpy(&out->upper_kb, tag + sizeof(*head) + sizeof(uint32_t), sizeof(uint32_t));
        return 0;
    case MB2_TAG_MMAP:
        return mb2_mmap(tag, head->size, out, why);
    case MB2_TAG_FRAMEBUFFER:
        return mb2_framebuffer(tag, head->size, out, why);
    case MB2_TAG_EFI32:
    case MB2_TAG_EFI64:
        out->efi = true;
        return 0;
    case MB2_TAG_ACPI_OLD:
        if (out->rsdp_copy) /* the new tag came first and says more */
            return 0;
        /* fall through */
    case MB2_TAG_ACPI_NEW:
        out->rsdp_copy = tag + sizeof(*head);
        out->rsdp_size = head->size - sizeof(*head);
        return 0;
    default:
        return 0;
    }
}

int multiboot2_parse(const void *info, size_t max, struct boot_info *out, const char **why)
{
    const uint8_t *bytes = info;
    uint32_t total, at = 2 * sizeof(uint32_t);
    struct mb2_tag head;

    boot_info_init(out);
    if (max < at)
        return fail(-EINVAL, why, "the Multiboot 2 information cannot be read");
    memcpy(&total, bytes, sizeof(total));
    if (total > max)
        return fail(-EINVAL, why, "the Multiboot 2 information is too long");

    for (;;) {
        int ret;

        if (at > total || total - at < sizeof(head))
            return fail(-EINVAL, why, "the Multiboot 2 information has no end tag");
        memcpy(&head, bytes + at, sizeof(head));
        if (head.size < sizeof(head) || head.size > total - at)
            return fail(-EINVAL, why, "a Multiboot 2 tag has a wrong size");
        if (head.type == MB2_TAG_END)
            break;
        ret = mb2_tag(bytes + at, &head, out, why);
        if (ret)
            return ret;
        if (head.size > UINT32_MAX - 7 - at)
            return fail(-EINVAL, why, "a Multiboot 2 tag has a wrong size");
        at += ALIGN_UP(head.size, 8U);
    }
    if (out->mem_count == 0)
        return fail(-EINVAL, why, "the boot loader gave no memory map");
    return add_loader_range(out, (uintptr_t)info, total, why);
}
