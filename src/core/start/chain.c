/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest that the BIOS boots; see chain.h. Its first code is boot/bios.S, which bios_map.c has
 * installed. No state.
 */
#include "core/start/chain.h"

#include <lapwing/string.h>
#include "boot/asm_const.h"
#include "core/host/format.h"
#include "core/host/log.h"
#include "core/start/bios_map.h"
#include "core/virt.h"

#define INT13_VECTOR ((hpa_t)(0x13 * 4))
#define DISK_COUNT   ((hpa_t)0x475)
#define SECTOR       ((hpa_t)0x7C00)
#define SIGNATURE_AT 510

extern const char bios_drive[], bios_preloaded[], bios_to_com1[], bios_refusal[];

bool chain_is_boot_sector(const uint8_t *file, uint64_t size)
{
    return size == BOOT_SECTOR_SIZE && file[SIGNATURE_AT] == 0x55 && file[SIGNATURE_AT + 1] == 0xAA;
}

/* A boot sector that is a module is of Lapwing's own drive, unless the user says otherwise. */
static int choose_drive(const struct boot_info *boot, int wanted, bool preloaded)
{
    const uint8_t disks = *(const uint8_t *)low_memory(DISK_COUNT);

    if (wanted >= 0)
        return wanted;
    if (preloaded && boot->has_drive)
        return boot->drive;
    return boot->has_drive && boot->drive == CHAIN_DISK && disks > 1 ? CHAIN_DISK + 1 : CHAIN_DISK;
}

void chain_load(struct vcpu *v, const struct boot_info *boot, const struct options *options,
                hpa_t page)
{
    const struct boot_module *m = &boot->modules[0];
    const bool preloaded =
        boot->module_count && chain_is_boot_sector((const uint8_t *)m->start, m->end - m->start);
    const int drive = choose_drive(boot, options->drive, preloaded);

    if (options->file[0])
        refuse("chain=%s names a UEFI program, which needs lapwing.efi: load that with GRUB's "
               "chainloader",
               options->file);
    if (boot->is_efi || *(const uint32_t *)low_memory(INT13_VECTOR) == 0)
        refuse(
            "this machine has no BIOS that could boot a drive: pass a guest with GRUB's module2");
    *(uint8_t *)bios_map_place(page, bios_drive) = (uint8_t)drive;
    *(bool *)bios_map_place(page, bios_preloaded) = preloaded;
    *(bool *)bios_map_place(page, bios_to_com1) = options->log & OPTION_LOG_COM1;
    format(bios_map_place(page, bios_refusal), BIOS_REFUSAL_SIZE,
           "\r\n[lapwing] refused: the BIOS's drive %xH has no boot sector that can be read\r\n",
           drive);
    log_info("starting the guest: %s of the BIOS's drive %xH%s",
             preloaded ? "a boot sector, " : "the boot sector", drive,
             !preloaded && boot->has_drive && boot->drive == drive
                 ? ", which Lapwing was loaded from as well"
                 : "");
    if (preloaded)
        memmove(low_memory(SECTOR), (const void *)m->start, BOOT_SECTOR_SIZE);
    virt_vcpu_start(v, (uint16_t)(page >> 4), 0);
}
