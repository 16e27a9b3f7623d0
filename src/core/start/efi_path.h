/* SPDX-License-Identifier: GPL-2.0-only */
/* Device paths of UEFI. Pure. (UEFI Specification, "EFI Device Path Protocol") */
#ifndef CORE_START_EFI_PATH_H
#define CORE_START_EFI_PATH_H

#include <lapwing/types.h>

/*
 * Writes the path of a file to `to`, `room` bytes: the device's path with the file's name behind it.
 * Returns false if there is no room, or the device's path is broken.
 */
bool efi_path_of_file(const void *device, const char *file, uint8_t *to, size_t room);

#endif
