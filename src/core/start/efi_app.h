/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lapwing as a UEFI application, lapwing.efi: the firmware or a boot loader calls it with boot services
 * alive. What called it goes on as the guest's boot CPU, in the image as the firmware has loaded it,
 * which is the guest's memory; Lapwing is in its copy. Boot CPU only.
 */
#ifndef CORE_START_EFI_APP_H
#define CORE_START_EFI_APP_H

#include "boot/asm_const.h"
#include "core/start/bootinfo.h"
#include "core/start/efi.h"
#include "core/virt.h"

struct efi_app {
    efi_handle image;
    const struct efi_system_table *table;
    char cmdline[256];
};

extern struct efi_app efi_app;

/* Asks the firmware for what a boot loader would tell. Returns 0 or an error with a text in *why. */
int efi_app_info(struct boot_info *out, const char **why);

/* Returns memory below 4 GiB that the firmware calls reserved from now on; 0: there is too little. */
hpa_t efi_app_take(uint64_t size);

/*
 * boot/efi.S: keeps the state of the firmware's code in efi_cpu, and goes on with interrupts off and
 * segments that the copy of the image has too. From here on the firmware cannot be called.
 */
void efi_app_leave(void);

/*
 * boot/efi.S: returns EFI_UNSUPPORTED to what called Lapwing. Before efi_app_leave() only.
 */
_Noreturn void efi_app_fail(void);

/* Sets the boot CPU's guest to go on in efi_chain(). */
void efi_app_enter(struct vcpu *v);

/*
 * The guest's first act: starts the UEFI program that `chain=` names. Returns when that does. Runs
 * as the guest, in the image as loaded.
 */
efi_status efi_chain(void);

#endif
