/* SPDX-License-Identifier: GPL-2.0-only */
/* A Multiboot 2 header without wishes, beside that of boot.S: GRUB and Lapwing know which to take. */
#define MAGIC  0xE85250D6
#define LENGTH 24

    .section .multiboot, "ax"
    .balign 8
    .long MAGIC, 0, LENGTH, 0x100000000 - (MAGIC + LENGTH)
    .short 0, 0 /* the end tag */
    .long 8

    .section .note.GNU-stack, "", @progbits
