/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that Lapwing takes for itself, in one piece: image, stacks, control blocks, tables.
 * What is reserved and what is taken from it stand side by side in own_memory.c.
 */
#ifndef CORE_START_OWN_MEMORY_H
#define CORE_START_OWN_MEMORY_H

#include "core/start/bootinfo.h"
#include "core/start/cpus.h"

/* Before relocation: chooses the place below 4 GiB and reserves it in machine.map, or refuses. */
void own_memory_reserve(const struct boot_info *boot, const struct cpus *cpus);

/* After relocation: the host's tables, the second-level tables, and machine.cpus. */
void own_memory_build(const struct cpus *cpus);

/* A page below 640 KiB that neither the firmware nor GRUB's modules use. */
hpa_t own_memory_low_page(const struct boot_info *boot);

#endif
