/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving the image while it runs. Works before anything else does: no log, no allocation. */
#ifndef BOOT_RELOCATE_H
#define BOOT_RELOCATE_H

#include <lapwing/types.h>

/* Bytes that the image needs, .bss and boot stack included. */
uint64_t relocate_image_size(void);

/* How far it is from where it was linked: GDB's `add-symbol-file -o`. */
uint64_t relocate_offset(void);

/*
 * Copies the image, variables as they are, to `base` and fixes up its pointers; then calls the copy
 * of `entry` on the copy of the boot stack. Pointers that were made at run time are not fixed up.
 */
_Noreturn void relocate_to(hpa_t base, void (*entry)(void));

/* Continues in `entry` on another stack. */
_Noreturn void relocate_jump(void (*entry)(void), uint64_t stack_top);

/* Called from boot/entry.S: fixes up the image at `base`. */
void relocate_apply(hpa_t base);

#endif
