/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants that C and assembly share: selectors, Multiboot, the layout of the trampoline page. */
#ifndef GUEST_LIB_SEGMENTS_H
#define GUEST_LIB_SEGMENTS_H

#define MULTIBOOT_BOOTED  0x2BADB002 /* EAX at entry */
#define MULTIBOOT2_BOOTED 0x36D76289

#define SEG_CODE64      0x08
#define SEG_DATA        0x10
#define SEG_CODE32      0x18
#define SEG_CODE16      0x20
#define SEG_USER_DATA   0x2B
#define SEG_USER_CODE64 0x33
#define SEG_TSS         0x40

#define MAX_CPUS      320 /* size of the tables; payload_max_cpus may be less */
#define SEG_GDT_BYTES (SEG_TSS + 16 * MAX_CPUS)

/* Offsets in a trampoline page; the saved state is struct reset_state. */
#define TRAMPOLINE_LOCK  0xE00
#define TRAMPOLINE_STATE 0xE10

/* Offsets in struct reset_state. */
#define RESET_EAX    0
#define RESET_EBX    4
#define RESET_ECX    8
#define RESET_EDX    12
#define RESET_ESI    16
#define RESET_EDI    20
#define RESET_EBP    24
#define RESET_ESP    28
#define RESET_CR0    32
#define RESET_CR2    36
#define RESET_CR3    40
#define RESET_CR4    44
#define RESET_DR0    48
#define RESET_DR6    52
#define RESET_DR7    56
#define RESET_EFER   60
#define RESET_EFLAGS 64
#define RESET_CS     68
#define RESET_DS     70
#define RESET_ES     72
#define RESET_SS     74
#define RESET_FS     76
#define RESET_GS     78
#define RESET_GDTR   80
#define RESET_IDTR   88
#define RESET_BYTES  96

#endif
