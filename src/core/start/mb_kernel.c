/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a Multiboot 1 kernel's file; see mb_kernel.h (Multiboot Specification 0.6.96). No state. */
#include "core/start/mb_kernel.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"

#define HEADER_SEARCH 8192U
#define HEADER_MAGIC  UINT32_C(0x1BADB002)

#define HEADER_FLAG_ADDRESSES BIT32(16)
/* Page-aligned modules, memory information, video mode. Another bit below 16 is refused. */
#define HEADER_FLAGS_KNOWN  UINT32_C(0x0007)
#define HEADER_FLAGS_NEEDED UINT32_C(0xFFFF)

struct header {
    uint32_t magic;
    uint32_t flags;
    uint32_t checksum;
    uint32_t header_addr; /* the header has these five only with HEADER_FLAG_ADDRESSES */
    uint32_t load_addr;
    uint32_t load_end_addr;
    uint32_t bss_end_addr;
    uint32_t entry_addr;
};

#define HEADER_SIZE_SHORT offsetof(struct header, header_addr)

/* Sets *offset to the header's offset in the file. Returns false if there is no header. */
static bool find_header(const uint8_t *file, uint64_t size, struct header *h, uint32_t *offset)
{
    uint32_t end = size < HEADER_SEARCH ? (uint32_t)size : HEADER_SEARCH;

    for (uint32_t at = 0; at + HEADER_SIZE_SHORT <= end; at += 4) {
        memset(h, 0, sizeof(*h));
        memcpy(h, file + at, HEADER_SIZE_SHORT);
        if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum != 0)
            continue;
        if (h->flags & HEADER_FLAG_ADDRESSES) {
            if (at + sizeof(*h) > end)
                continue;
            memcpy(h, file + at, sizeof(*h));
        }
        *offset = at;
        return true;
    }
    return false;
}

bool mb_kernel_found(const uint8_t *file, uint64_t size)
{
    struct header h;
    uint32_t offset;

    return find_header(file, size, &h, &offset);
}

/* Reads the header's address fields ("a.out kludge") as an image of one segment. */
static int read_addresses(const struct header *h, uint32_t offset, uint64_t file_size,
                          struct elf_image *image, const char **why)
{
    struct elf_segment *s = &image->segment[0];
    uint32_t before = h->header_addr - h->load_addr; /* file bytes loaded in front of the header */

    memset(image, 0, sizeof(*image));
    if (h->load_addr > h->header_addr || before > offset)
        return boot_fail(-EINVAL, why, "the Multiboot header has wrong addresses");
    s->offset = offset - before;
    s->pa = h->load_addr;
    s->file_size = file_size - s->offset;
    if (h->load_end_addr) {
        if (h->load_end_addr <= h->load_addr || h->load_end_addr - h->load_addr > s->file_size)
            return boot_fail(-EINVAL, why, "the Multiboot kernel is cut off");
        s->file_size = h->load_end_addr - h->load_addr;
    }
    s->mem_size = s->file_size;
    if (h->bss_end_addr > h->load_addr && h->bss_end_addr - h->load_addr > s->mem_size)
        s->mem_size = h->bss_end_addr - h->load_addr;
    image->count = 1;
    image->entry = h->entry_addr;
    return 0;
}

int mb_kernel_read(const uint8_t *file, uint64_t size, struct elf_image *image, const char **why)
{
    struct header h;
    uint32_t offset;

    if (!find_header(file, size, &h, &offset))
        return boot_fail(-EINVAL, why, "the first module has no Multiboot header");
    if (h.flags & HEADER_FLAGS_NEEDED & ~HEADER_FLAGS_KNOWN)
        return boot_fail(-EINVAL, why,
                         "the Multiboot kernel needs something that is not known here");
    if (h.flags & HEADER_FLAG_ADDRESSES)
        return read_addresses(&h, offset, size, image, why);
    return elf_read(file, size, image, why);
}
