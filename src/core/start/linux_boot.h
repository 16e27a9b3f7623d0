/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a Linux bzImage by the 32-bit boot protocol (Linux, Documentation/x86/boot.rst). It
 * serves 64- and 32-bit kernels, protocol 2.06 (Linux 2.6.22) and later. Pure.
 */
#ifndef CORE_START_LINUX_BOOT_H
#define CORE_START_LINUX_BOOT_H

#include "core/start/guest_plan.h"
#include "core/memory/memmap.h"

/* The largest block: zero page, GDT and command line. */
#define LINUX_BLOCK_MAX (2 * PAGE_SIZE)

/* Has the file the signatures of a bzImage's setup header? */
bool linux_is_bzimage(const uint8_t *file, uint64_t size);

/*
 * Makes the plan. Module 0 is the kernel, and its string the kernel's command line. Module 1, if
 * there is one, is the initrd. `scratch` is room for a copy of the map. -EINVAL: broken kernel or
 * command line too long. -ENOENT: no room. -ENOSPC: the map has too many pieces. All come with a
 * text in *why.
 */
int linux_boot_plan(const struct guest_source *source, struct memmap *scratch,
                    struct guest_plan *plan, const char **why);

/*
 * Writes the plan's block: plan->block_size bytes at `block`. `rsdp_pa` is passed on to kernels
 * that take it; with 0 they search for the RSDP. -EINVAL: broken setup header. -ENOSPC: the map has
 * too many entries for the zero page. Both come with a text in *why.
 */
int linux_boot_fill(const struct guest_source *source, const struct guest_plan *plan, hpa_t rsdp_pa,
                    uint8_t *block, const char **why);

#endif
