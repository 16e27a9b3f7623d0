/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a Multiboot 1 kernel's file: its header, and its segments. Pure. */
#ifndef CORE_START_MB_KERNEL_H
#define CORE_START_MB_KERNEL_H

#include "core/start/elf.h"

/* Is there a Multiboot 1 header where the specification wants it? */
bool mb_kernel_found(const uint8_t *file, uint64_t size);

/* Reads what is to be loaded. Returns 0, or -EINVAL (a broken kernel) with a text in *why. */
int mb_kernel_read(const uint8_t *file, uint64_t size, struct elf_image *image, const char **why);

#endif
