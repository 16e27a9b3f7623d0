/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a Multiboot 1 kernel as the guest (test payloads, Xen): module 0 is the kernel, its line
 * the kernel's command line, further modules are the kernel's modules.
 */
#ifndef CORE_START_MB_GUEST_H
#define CORE_START_MB_GUEST_H

#include "core/start/guest_plan.h"
#include "core/memory/memmap.h"

/* The block has the GDT, the information, 128 memory ranges and 16 modules with short lines. */
#define MB_GUEST_BLOCK_MAX (4 * PAGE_SIZE)

/* Is there a Multiboot 1 header where the specification wants it? */
bool mb_guest_is_kernel(const uint8_t *file, uint64_t size);

/*
 * Modules stay where the loader put them, unless a segment goes there. Uses @scratch for a map of
 * its own. -EINVAL (broken kernel), -ENOENT (no room), -ENOSPC (too much of something), with *why.
 * @modules is filled with where the kernel's modules are in the end.
 */
int mb_guest_plan(const struct guest_source *source, struct memmap *scratch,
                  struct guest_plan *plan, struct phys_range modules[BOOT_MODULE_MAX],
                  const char **why);

/* Write the block of the plan: plan->block_size bytes at @block. */
void mb_guest_fill(const struct guest_source *source, const struct guest_plan *plan,
                   const struct phys_range modules[BOOT_MODULE_MAX], uint8_t *block);

#endif
