/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block that a Multiboot 1 guest finds: the information, a GDT, the memory map, the list of
 * modules, and strings. Pure.
 */
#ifndef CORE_START_MB_INFO_H
#define CORE_START_MB_INFO_H

#include "core/start/guest_plan.h"
#include "core/start/multiboot_layout.h"

/* Returns the block's size in bytes. */
uint64_t mb_info_block_size(const struct guest_source *source);

/* Writes the plan's block: plan->block_size bytes at `block`. `modules` are in their final places. */
void mb_info_fill(const struct guest_source *source, const struct guest_plan *plan,
                  const struct phys_range modules[BOOT_MODULE_MAX], uint8_t *block);

#endif
