/* SPDX-License-Identifier: GPL-2.0-only */
/* The block that a Multiboot 2 guest finds: a GDT, and the information, which has all else. Pure. */
#ifndef CORE_START_MB2_INFO_H
#define CORE_START_MB2_INFO_H

#include "core/start/mb_block.h"

/* Where the information begins in the block. The GDT is at its beginning. */
#define MB2_INFO_OFFSET GUEST_GDT_SIZE

/* Tags of the information that may be there, as bits. */
#define MB2_TAGS_GIVEN                                                                             \
    (BIT32(MB2_TAG_END) | BIT32(MB2_TAG_CMDLINE) | BIT32(MB2_TAG_LOADER_NAME) |                    \
     BIT32(MB2_TAG_MODULE) | BIT32(MB2_TAG_MEM) | BIT32(MB2_TAG_MMAP) |                            \
     BIT32(MB2_TAG_FRAMEBUFFER) | BIT32(MB2_TAG_ACPI_OLD) | BIT32(MB2_TAG_ACPI_NEW) |              \
     BIT32(MB2_TAG_EFI64) | BIT32(MB2_TAG_EFI_MAP) | BIT32(MB2_TAG_LOAD_BASE))

/*
 * Writes the empty block. `modules` are in their final places; the kernel was loaded from
 * `load_base` on.
 */
void mb2_info_fill(const struct guest_source *source, const struct phys_range modules[],
                   uint32_t load_base, struct mb_block *b);

#endif
