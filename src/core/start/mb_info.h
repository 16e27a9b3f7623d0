/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block that a Multiboot 1 guest finds: the information, a GDT, the memory map, the list of
 * modules, and strings. Pure.
 */
#ifndef CORE_START_MB_INFO_H
#define CORE_START_MB_INFO_H

#include "core/start/mb_block.h"
#include "core/start/multiboot_layout.h"

/* Where the GDT begins in the block. The information is at its beginning. */
#define MB1_GDT_OFFSET MB1_INFO_SIZE

/* Writes the empty block. `modules` are in their final places. */
void mb_info_fill(const struct guest_source *source, const struct phys_range modules[],
                  struct mb_block *b);

#endif
