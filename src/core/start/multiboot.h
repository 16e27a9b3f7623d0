/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the information of a Multiboot 1 or 2 loader into struct boot_info. Pure; boot CPU only. */
#ifndef CORE_START_MULTIBOOT_H
#define CORE_START_MULTIBOOT_H

#include "core/start/bootinfo.h"

/* What the loader leaves in EAX. */
#define MULTIBOOT1_LOADER_MAGIC UINT32_C(0x2BADB002)
#define MULTIBOOT2_LOADER_MAGIC UINT32_C(0x36D76289)

/* The longest string of a loader, its NUL included. */
#define MULTIBOOT_STRING_MAX 4096

/*
 * Reads Multiboot 1 information at physical address `info_pa`, through `mem`. Returns 0, -EINVAL
 * (broken or cut off) or -ENOSPC (more than struct boot_info holds). Both errors come with a text
 * for the user in *why. `out` points into the loader's memory afterwards.
 */
int multiboot1_parse(hpa_t info_pa, const struct phys_reader *mem, struct boot_info *out,
                     const char **why);

/*
 * Reads Multiboot 2 information; returns as multiboot1_parse(). `info` is the identity-mapped
 * information structure, of which at most `max` bytes may be read.
 */
int multiboot2_parse(const void *info, size_t max, struct boot_info *out, const char **why);

#endif
