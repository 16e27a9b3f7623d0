/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting what is on a drive of the BIOS: the boot CPU begins in real mode, with the BIOS's
 * services, as if the firmware had just found the drive's boot sector. Boot CPU only, once.
 */
#ifndef CORE_START_CHAIN_H
#define CORE_START_CHAIN_H

#include "core/start/bootinfo.h"
#include "core/start/options.h"
#include "core/vcpu.h"

/* Numbers of the BIOS (INT 13H). */
#define CHAIN_FLOPPY 0x00
#define CHAIN_DISK   0x80

#define BOOT_SECTOR_SIZE 512

/* Is this a boot sector, by its size and its signature? */
bool chain_is_boot_sector(const uint8_t *file, uint64_t size);

/*
 * Sets `v` to start from the drive that the options name, else from the first hard disk that Lapwing
 * was not loaded from. If the first module is a boot sector, it is started instead, as one of the
 * drive that Lapwing was loaded from. `page` is what bios_map_install() returned. Ends the boot if
 * there is no BIOS.
 */
void chain_load(struct vcpu *v, const struct boot_info *boot, const struct options *options,
                hpa_t page);

#endif
