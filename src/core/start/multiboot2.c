/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading Multiboot 2 boot information. Every size and string is checked against the tag that it is
 * in, and each tag against the information's size. No state.
 *
 * Source: Multiboot2 Specification 2.0, "Boot information format".
 */
#include "core/start/multiboot.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"
#include "core/start/mb2_tag.h"

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

    memcpy(&mmap, tag, sizeof(mmap));
    if (mmap.entry_size < sizeof(struct mb_mmap_entry))
        return boot_fail(-EINVAL, why, "the Multiboot 2 memory map has too short entries");

    for (uint32_t at = sizeof(mmap); size - at >= mmap.entry_size; at += mmap.entry_size) {
        struct mb_mmap_entry e;
        int ret;

        memcpy(&e, tag + at, sizeof(e));
        ret = boot_info_add_memory(out, &e, why);
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
        return boot_fail(-EINVAL, why, "a Multiboot 2 module has no command line");
    memcpy(&m, tag, sizeof(m));
    return boot_info_add_module(out, m.start, m.end, cmdline, why);
}

static void mb2_framebuffer(const uint8_t *tag, uint32_t size, struct boot_info *out)
{
    const uint32_t colours_offset = 32; /* after the common part and two reserved bytes */
    static const uint8_t no_colours[6];
    struct mb_framebuffer f;

    memcpy(&f, tag + sizeof(struct mb2_tag), sizeof(f));
    boot_info_set_framebuffer(
        out, &f, size >= colours_offset + sizeof(no_colours) ? tag + colours_offset : no_colours);
}

static void mb2_efi_map(const uint8_t *tag, uint32_t size, struct boot_info *out)
{
    struct mb2_efi_map m;
    uint32_t bytes = size - (uint32_t)sizeof(m);

    memcpy(&m, tag, sizeof(m));
    if (m.descriptor_size < EFI_DESCRIPTOR_MIN)
        return; /* nobody but Linux needs it */
    out->efi.map = tag + sizeof(m);
    out->efi.map_size = bytes - bytes % m.descriptor_size;
    out->efi.descriptor_size = m.descriptor_size;
    out->efi.descriptor_version = m.descriptor_version;
}

static int mb2_string(const uint8_t *tag, uint32_t size, const char **string, const char **why)
{
    *string = tag_string(tag, size, sizeof(struct mb2_tag));
    if (!*string) {
        *string = "";
        return boot_fail(-EINVAL, why, "a Multiboot 2 string has no end");
    }
    return 0;
}

/* Bytes of a tag behind its head that are read whatever the head says. */
static const uint8_t needed[] = {
    [MB2_TAG_MEM] = 2 * sizeof(uint32_t),
    [MB2_TAG_BIOS_DEVICE] = sizeof(uint32_t),
    [MB2_TAG_MMAP] = sizeof(struct mb2_mmap) - sizeof(struct mb2_tag),
    [MB2_TAG_FRAMEBUFFER] = sizeof(struct mb_framebuffer),
    [MB2_TAG_EFI64] = sizeof(uint64_t),
    [MB2_TAG_EFI_MAP] = sizeof(struct mb2_efi_map) - sizeof(struct mb2_tag),
};

static int mb2_tag(const uint8_t *tag, const struct mb2_tag *head, struct boot_info *out,
                   const char **why)
{
    if (head->type < ARRAY_SIZE(needed) && head->size < sizeof(*head) + needed[head->type])
        return boot_fail(-EINVAL, why, "a Multiboot 2 tag is too short");
    switch (head->type) {
    case MB2_TAG_CMDLINE:
        return mb2_string(tag, head->size, &out->cmdline, why);
    case MB2_TAG_LOADER_NAME:
        return mb2_string(tag, head->size, &out->loader_name, why);
    case MB2_TAG_MODULE:
        return mb2_module(tag, head->size, out, why);
    case MB2_TAG_MEM:
        memcpy(&out->lower_kb, tag + sizeof(*head), sizeof(uint32_t));
        memcpy(&out->upper_kb, tag + sizeof(*head) + sizeof(uint32_t), sizeof(uint32_t));
        return 0;
    case MB2_TAG_BIOS_DEVICE:
        out->has_drive = true;
        out->drive = tag[sizeof(*head)];
        return 0;
    case MB2_TAG_MMAP:
        return mb2_mmap(tag, head->size, out, why);
    case MB2_TAG_FRAMEBUFFER:
        mb2_framebuffer(tag, head->size, out);
        return 0;
    case MB2_TAG_EFI32:
        out->is_efi = true;
        return 0;
    case MB2_TAG_EFI64:
        out->is_efi = true;
        memcpy(&out->efi.system_table, tag + sizeof(*head), sizeof(out->efi.system_table));
        return 0;
    case MB2_TAG_EFI_MAP:
        mb2_efi_map(tag, head->size, out);
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
    struct mb2_walk walk = {.bytes = info, .at = 2 * sizeof(uint32_t)};
    uint32_t total;

    boot_info_init(out);
    out->multiboot2 = true;
    if (max < walk.at)
        return boot_fail(-EINVAL, why, "the Multiboot 2 information cannot be read");
    memcpy(&total, info, sizeof(total));
    if (total > max)
        return boot_fail(-EINVAL, why, "the Multiboot 2 information is too long");
    walk.end = total;

    for (;;) {
        const uint8_t *tag = mb2_next_tag(&walk, why);
        struct mb2_tag head;
        int ret;

        if (!tag)
            return -EINVAL;
        memcpy(&head, tag, sizeof(head));
        if (head.type == MB2_TAG_END)
            break;
        ret = mb2_tag(tag, &head, out, why);
        if (ret)
            return ret;
    }
    if (out->mem_count == 0)
        return boot_fail(-EINVAL, why, "the boot loader gave no memory map");
    return boot_info_add_loader_range(out, (uintptr_t)info, total, why);
}
