/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constants that assembly and C share, literals only. Offsets into C structures are asserted where
 * the structure is defined, so that a moved field stops the build.
 */
#ifndef BOOT_ASM_CONST_H
#define BOOT_ASM_CONST_H

#define SEL_CODE64 0x08
#define SEL_DATA   0x10
#define SEL_TSS    0x18

/* Where the linker script puts boot_entry32, behind the Multiboot headers. */
#define LINK_ENTRY 0x100100

#define BOOT_STACK_SIZE 16384

/* Offsets in the copied trampoline page: struct trampoline_data (core/start/ap.c) is at its end. */
#define TRAMPOLINE_DATA 0xF00
#define TRAMP_CR3       (TRAMPOLINE_DATA + 0x00)
#define TRAMP_ENTRY     (TRAMPOLINE_DATA + 0x08)
#define TRAMP_STACK     (TRAMPOLINE_DATA + 0x10)
#define TRAMP_CPU       (TRAMPOLINE_DATA + 0x18)
#define TRAMP_CR4       (TRAMPOLINE_DATA + 0x20)

#endif
