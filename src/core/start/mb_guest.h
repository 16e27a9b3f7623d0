/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a Multiboot kernel of version 1 or 2 as the guest (test payloads, Xen). Module 0 is the
 * kernel, and its string the kernel's command line. Further modules are the kernel's modules. Pure.
 */
#ifndef CORE_START_MB_GUEST_H
#define CORE_START_MB_GUEST_H

#include "core/start/mb_block.h"
#include "core/memory/memmap.h"

/*
 * Returns the version by which module 0 is to be started, or 0: it is no such kernel. If it has both
 * headers, the version by which Lapwing itself was loaded counts.
 */
unsigned mb_guest_version(const struct guest_source *source);

/*
 * Makes the plan, and writes its block: MB_GUEST_BLOCK_MAX bytes at `block`. A module stays where the
 * loader put it, unless a segment goes there, its place is not page-aligned, or its place is not the
 * guest's memory. `scratch` is room for a copy of the map. -EINVAL: broken kernel. -ENOENT: no room.
 * -ENOSPC: too many segments, modules, pieces of the map or characters. All come with a text in *why.
 */
int mb_guest_plan(const struct guest_source *source, struct memmap *scratch,
                  struct guest_plan *plan, uint8_t *block, const char **why);

#endif
