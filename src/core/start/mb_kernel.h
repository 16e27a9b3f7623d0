/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a Multiboot kernel's file, of version 1 or 2: its header, and its segments. A kernel that
 * may be moved stays where it was linked: Lapwing itself makes room at the top of memory. Pure.
 */
#ifndef CORE_START_MB_KERNEL_H
#define CORE_START_MB_KERNEL_H

#include "core/start/elf.h"

/* Reads what is to be loaded. Returns 0, or -EINVAL (broken, or needs more) with a text in *why. */
int mb_kernel_read(const uint8_t *file, uint64_t size, unsigned version, struct elf_image *image,
                   const char **why);

#endif
