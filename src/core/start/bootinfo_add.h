/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling struct boot_info, for the readers of Multiboot 1 and 2. Pure; boot CPU only. What can
 * fail returns 0, -EINVAL or -ENOSPC, as multiboot1_parse() does, with a text in *why.
 */
#ifndef CORE_START_BOOTINFO_ADD_H
#define CORE_START_BOOTINFO_ADD_H

#include "core/start/bootinfo.h"
#include "core/start/multiboot_layout.h"

/* Empties `out`; its strings are "". */
void boot_info_init(struct boot_info *out);

/* Adds the pages of [pa, pa+size) to the loader's ranges. Ranges that touch become one. */
int boot_info_add_loader_range(struct boot_info *out, hpa_t pa, uint64_t size, const char **why);

/* Adds a range of the memory map, a module, the framebuffer (6 bytes of colours) to `out`. */
int boot_info_add_memory(struct boot_info *out, const struct mb_mmap_entry *e, const char **why);
int boot_info_add_module(struct boot_info *out, hpa_t start, hpa_t end, const char *cmdline,
                         const char **why);
void boot_info_set_framebuffer(struct boot_info *out, const struct mb_framebuffer *f,
                               const uint8_t *colours);

/* Sets *why to `text`. Returns `error`. */
static inline int boot_fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

#endif
