/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BIOS tells of memory (INT 15H) without Lapwing's own range, for a guest that asks it. The
 * code is boot/bios.S, in memory below 640 KiB that every map calls reserved. Boot CPU only, once.
 */
#ifndef CORE_START_BIOS_MAP_H
#define CORE_START_BIOS_MAP_H

#include "core/start/bootinfo.h"

/*
 * Takes the memory from machine.map, where nothing that `boot` points to lies, and puts the code
 * between INT 15H and the BIOS. Returns its address, which is a page's. Ends the boot if there is no
 * room.
 */
hpa_t bios_map_install(const struct boot_info *boot);

extern const char bios_start[];

/* Returns where `symbol` of the code is that was installed at `page`. */
static inline void *bios_map_place(hpa_t page, const char *symbol)
{
    return (void *)(page + (hpa_t)(symbol - bios_start));
}

/* The compiler is not to know the address: it takes low ones for null pointers. */
static inline void *low_memory(hpa_t pa)
{
    __asm__("" : "+r"(pa));
    return (void *)pa;
}

#endif
