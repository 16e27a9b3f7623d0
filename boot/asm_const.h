/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constants that assembly and C share, literals only. What assembly takes from C's structures and
 * enums is in boot/asm_offsets.c.
 */
#ifndef BOOT_ASM_CONST_H
#define BOOT_ASM_CONST_H

#define SEL_CODE64 0x08
#define SEL_DATA   0x10
#define SEL_TSS    0x18

/* Bytes of the first GDT, which has the first two. */
#define EARLY_GDT_SIZE 24

/* Where the linker script puts boot_entry32, behind the Multiboot headers. */
#define LINK_ENTRY 0x100100

/* Takes the place of a Multiboot loader's magic when firmware has called efi_entry. */
#define EFI_APP_MAGIC 0x4C494645

#define BOOT_STACK_SIZE 16384

/* The room of bios.S for a line of text, its NUL included. */
#define BIOS_REFUSAL_SIZE 96

/* The stubs of isr.S: their size in bytes, and the vector that the one of interrupts pushes. */
#define ISR_STUB_SIZE  8
#define ISR_VECTOR_IRQ 255

#endif
