/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a Linux bzImage by the 32-bit boot protocol (Linux, Documentation/x86/boot.rst): 64- and
 * 32-bit kernels alike, protocol 2.06 (Linux 2.6.22) and later.
 */
#ifndef CORE_START_LINUX_BOOT_H
#define CORE_START_LINUX_BOOT_H

#include "core/start/guest_plan.h"
#include "core/memory/memmap.h"

/* Zero page, GDT and command line together take no more. */
#define LINUX_BLOCK_MAX (2 * PAGE_SIZE)

bool linux_is_bzimage(const uint8_t *file, uint64_t size);

/*
 * Module 0 is the kernel, its line the kernel's command line; module 1, if there, the initrd. Uses
 * @scratch for a map of its own. -EINVAL (broken kernel or line), -ENOENT (no room), with *why.
 */
int linux_boot_plan(const struct guest_source *source, struct memmap *scratch,
                    struct guest_plan *plan, const char **why);

/*
 * Write the block of the plan: plan->block_size bytes at @block. @rsdp_pa is passed on to kernels
 * that take it; 0 leaves the search to them. -ENOSPC when the map is too long for the zero page.
 */
int linux_boot_fill(const struct guest_source *source, const struct guest_plan *plan, hpa_t rsdp_pa,
                    uint8_t *block, const char **why);

#endif
