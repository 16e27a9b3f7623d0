/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding a Multiboot kernel's header, and reading version 1's (Multiboot Specification 0.6.96, "OS
 * image format"). No state.
 */
#include "core/start/mb_header.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"
#include "core/start/multiboot2_layout.h"

#define FLAG_ADDRESSES BIT32(16)
/* Page-aligned modules, memory information, video mode. Another bit below 16 is refused. */
#define FLAGS_KNOWN  UINT32_C(0x0007)
#define FLAGS_NEEDED UINT32_C(0xFFFF)

/* A header begins with so many words, the first of which is `magic`, and which add up to 0. */
struct kind {
    uint32_t magic;
    uint32_t search; /* the bytes of the file in which the header must be */
    uint8_t words, align;
};

static const struct kind kinds[] = {
    {UINT32_C(0x1BADB002), 8192, 3, 4},
    {MB2_HEADER_MAGIC, 32768, 4, MB2_TAG_ALIGN},
};

#define WORDS_MAX 4

bool mb_header_find(const uint8_t *file, uint64_t size, unsigned version, struct mb_header *h)
{
    const struct kind *kind = &kinds[version == 2];
    const uint32_t end = size < kind->search ? (uint32_t)size : kind->search;
    const uint32_t length = kind->words * (uint32_t)sizeof(uint32_t);

    for (uint32_t at = 0; at + length <= end; at += kind->align) {
        uint32_t word[WORDS_MAX], sum = 0;

        memcpy(word, file + at, length);
        for (unsigned i = 0; i < kind->words; i++)
            sum += word[i];
        *h = (struct mb_header){.bytes = file + at, .offset = at, .room = end - at};
        if (word[0] == kind->magic && sum == 0)
            return true;
    }
    return false;
}

int mb1_header_read(struct mb_header *h, const char **why)
{
    const uint32_t addresses_at = 3 * sizeof(uint32_t);
    uint32_t flags;

    memcpy(&flags, h->bytes + sizeof(uint32_t), sizeof(flags));
    if (flags & FLAGS_NEEDED & ~FLAGS_KNOWN)
        return boot_fail(-EINVAL, why,
                         "the Multiboot kernel needs something that is not known here");
    if (!(flags & FLAG_ADDRESSES))
        return 0;
    if (h->room < addresses_at + sizeof(h->addresses))
        return boot_fail(-EINVAL, why, "the Multiboot header is cut off");
    memcpy(&h->addresses, h->bytes + addresses_at, sizeof(h->addresses));
    h->has_addresses = h->has_entry = true;
    return 0;
}
