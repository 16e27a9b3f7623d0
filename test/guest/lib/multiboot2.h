/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot 2 information, which a payload gets that has multiboot2_header.S linked. */
#ifndef GUEST_LIB_MULTIBOOT2_H
#define GUEST_LIB_MULTIBOOT2_H

#include <lapwing/types.h>

enum multiboot2_tag {
    MULTIBOOT2_COMMAND_LINE = 1,
    MULTIBOOT2_MEMORY_MAP = 6,
    MULTIBOOT2_RSDP_1 = 14,
    MULTIBOOT2_RSDP_2 = 15,
    MULTIBOOT2_EFI_MAP = 17,
};

/*
 * Returns the data of the first tag of that type, and its size in *size; NULL if there is none or the
 * loader (EAX, EBX at entry) speaks another version.
 */
const uint8_t *multiboot2_find(uint32_t magic, const uint32_t *info, enum multiboot2_tag type,
                               uint32_t *size);

#endif
