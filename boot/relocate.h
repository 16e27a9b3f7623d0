/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving the image while it runs. Boot CPU only. Needs no log and no memory. */
#ifndef BOOT_RELOCATE_H
#define BOOT_RELOCATE_H

#include <lapwing/types.h>

/* Returns the size of the image in bytes, .bss and boot stack included. */
uint64_t relocate_image_size(void);

/* Returns the distance from where the image is linked, in bytes: GDB's `add-symbol-file -o`. */
uint64_t relocate_offset(void);

/*
 * Copies the image to `base`, variables with their values, and fixes the copy's pointers. Then
 * calls the copy of `entry` on the copy of the boot stack. Pointers that were made at run time stay
 * as they are.
 */
_Noreturn void relocate_to(hpa_t base, void (*entry)(void));

/* Continues in `entry` on the stack whose highest address is `stack_top`. */
_Noreturn void relocate_jump(void (*entry)(void), uint64_t stack_top);

/* Fixes the pointers of the image at `base`. boot/entry.S calls it for GRUB's place. */
void relocate_apply(hpa_t base);

#endif
