/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UEFI's memory map, as the boot loader has left it and as a guest gets it. Pure. (UEFI
 * Specification, "EFI_BOOT_SERVICES.GetMemoryMap()")
 */
#ifndef CORE_START_EFI_MAP_H
#define CORE_START_EFI_MAP_H

#include "core/start/bootinfo.h"

enum efi_memory_type {
    EFI_RESERVED = 0,
    EFI_LOADER_CODE = 1,
    EFI_LOADER_DATA = 2,
    EFI_BOOT_CODE = 3,
    EFI_BOOT_DATA = 4,
    EFI_CONVENTIONAL = 7,
    EFI_UNUSABLE = 8,
    EFI_ACPI_RECLAIM = 9,
    EFI_ACPI_NVS = 10,
};

/*
 * Adds the map to info->mem, as a boot loader would tell it: what a system may use once boot services
 * have ended is usable. -ENOSPC with a text in *why: the map has too many pieces.
 */
int efi_map_read(const struct boot_efi *efi, struct boot_info *info, const char **why);

/* Bytes that efi_map_copy() may write. */
uint64_t efi_map_room(const struct boot_efi *efi);

/*
 * Copies the map to `to`, where efi_map_room() bytes are free, and which is at `at` for the guest. In
 * the copy `own` is reserved, and the copy's own pages are the loader's. Returns the size of the copy in bytes.
 */
uint32_t efi_map_copy(const struct boot_efi *efi, struct phys_range own, hpa_t at, uint8_t *to);

#endif
