/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a Multiboot kernel's file; see mb_kernel.h. No state. */
#include "core/start/mb_kernel.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"
#include "core/start/mb_header.h"

/* Reads the header's addresses (the "a.out kludge") as an image of one segment. */
static int read_addresses(const struct mb_header *h, uint64_t file_size, struct elf_image *image,
                          const char **why)
{
    const struct mb_addresses *a = &h->addresses;
    const uint32_t load_addr =
        a->load_addr == UINT32_MAX ? a->header_addr - h->offset : a->load_addr;
    const uint32_t before = a->header_addr - load_addr; /* file bytes in front of the header */
    struct elf_segment *s = &image->segment[0];

    memset(image, 0, sizeof(*image));
    if (load_addr > a->header_addr || before > h->offset)
        return boot_fail(-EINVAL, why, "the Multiboot header has wrong addresses");
    s->offset = h->offset - before;
    s->pa = load_addr;
    s->file_size = file_size - s->offset;
    if (a->load_end_addr) {
        if (a->load_end_addr <= load_addr || a->load_end_addr - load_addr > s->file_size)
            return boot_fail(-EINVAL, why, "the Multiboot kernel is cut off");
        s->file_size = a->load_end_addr - load_addr;
    }
    s->mem_size = s->file_size;
    if (a->bss_end_addr > load_addr && a->bss_end_addr - load_addr > s->mem_size)
        s->mem_size = a->bss_end_addr - load_addr;
    image->count = 1;
    return 0;
}

int mb_kernel_read(const uint8_t *file, uint64_t size, unsigned version, struct elf_image *image,
                   const char **why)
{
    struct mb_header h;
    int ret;

    if (!mb_header_find(file, size, version, &h))
        return boot_fail(-EINVAL, why, "the first module has no Multiboot header");
    ret = version == 2 ? mb2_header_read(&h, why) : mb1_header_read(&h, why);
    if (ret)
        return ret;
    if (h.has_addresses && !h.has_entry)
        return boot_fail(-EINVAL, why, "the Multiboot header has addresses but no entry point");
    ret = h.has_addresses ? read_addresses(&h, size, image, why) : elf_read(file, size, image, why);
    if (h.has_entry)
        image->entry = h.addresses.entry_addr;
    return ret;
}
