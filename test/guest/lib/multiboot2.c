/* SPDX-License-Identifier: GPL-2.0-only */
/* Walking Multiboot 2's tags; see multiboot2.h. A test trusts its loader. */
#include "multiboot2.h"

#include "segments.h"

#define FIRST_TAG 8
#define HEAD_SIZE 8

const uint8_t *multiboot2_find(uint32_t magic, const uint32_t *info, enum multiboot2_tag type,
                               uint32_t *size)
{
    if (magic != MULTIBOOT2_BOOTED)
        return NULL;
    for (uint32_t at = FIRST_TAG; at < info[0];) {
        const uint32_t *head = info + at / 4;

        if (head[0] == type) {
            *size = head[1] - HEAD_SIZE;
            return (const uint8_t *)(head + 2);
        }
        at += ALIGN_UP(head[1], 8U);
    }
    return NULL;
}
