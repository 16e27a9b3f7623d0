/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the information that a Multiboot 1 or 2 loader leaves for us into struct boot_info.
 */
#ifndef CORE_START_MULTIBOOT_H
#define CORE_START_MULTIBOOT_H

#include "core/start/bootinfo.h"

/* What the loader leaves in EAX. */
#define MULTIBOOT1_LOADER_MAGIC UINT32_C(0x2BADB002)
#define MULTIBOOT2_LOADER_MAGIC UINT32_C(0x36D76289)

/* A string of a loader may be this long, its NUL included. */
#define MULTIBOOT_STRING_MAX 4096

/*
 * Both return 0, or -EINVAL (broken or truncated) or -ENOSPC (more than struct boot_info holds),
 * with *why set to a sentence part for the user. Physical addresses are read through @mem.
 */
int multiboot1_parse(hpa_t info_pa, const struct phys_reader *mem, struct boot_info *out,
                     const char **why);

/* @info is the identity-mapped information structure, @max how much of it may be read at most. */
int multiboot2_parse(const void *info, size_t max, struct boot_info *out, const char **why);

#endif
