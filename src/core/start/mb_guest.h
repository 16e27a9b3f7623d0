/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a Multiboot 1 kernel as the guest (test payloads, Xen). Module 0 is the kernel, and its
 * string the kernel's command line. Further modules are the kernel's modules. Pure.
 */
#ifndef CORE_START_MB_GUEST_H
#define CORE_START_MB_GUEST_H

#include "core/start/guest_plan.h"
#include "core/memory/memmap.h"

/* Enough for the GDT, the information, 128 memory ranges and 16 modules with short strings. */
#define MB_GUEST_BLOCK_MAX (4 * PAGE_SIZE)

/*
 * Makes the plan. A module stays where the loader put it, unless a segment goes there, its place is
 * not page-aligned, or its place is not the guest's memory. `scratch` is room for a copy of the
 * map. `modules` receives the final places of the kernel's modules. -EINVAL: broken kernel.
 * -ENOENT: no room. -ENOSPC: too many segments, modules or pieces of the map. All come with a text
 * in *why.
 */
int mb_guest_plan(const struct guest_source *source, struct memmap *scratch,
                  struct guest_plan *plan, struct phys_range modules[BOOT_MODULE_MAX],
                  const char **why);

#endif
