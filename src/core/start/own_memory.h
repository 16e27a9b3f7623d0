/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that Lapwing takes for itself, in one piece: image, stacks, control blocks, tables.
 * own_memory.c has what is reserved and what is taken from it side by side. Boot CPU only.
 */
#ifndef CORE_START_OWN_MEMORY_H
#define CORE_START_OWN_MEMORY_H

#include "core/start/bootinfo.h"
#include "core/start/cpus.h"

/* Before relocation: reserves a place below 4 GiB in machine.map, or ends the boot. */
void own_memory_reserve(const struct boot_info *boot, const struct cpus *cpus);

/* Builds the host's tables, the second-level tables and machine.cpus, after relocation. */
void own_memory_build(const struct cpus *cpus);

/* Returns a page below 640 KiB that is free of firmware and GRUB's modules, or ends the boot. */
hpa_t own_memory_low_page(const struct boot_info *boot);

#endif
