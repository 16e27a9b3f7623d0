/* SPDX-License-Identifier: GPL-2.0-only */
/* unsigned: a disk's first sector without a boot sector's signature, which nobody may start. */
    .code16
    .text
    .globl _start
_start:
1:  hlt
    jmp 1b
    .org 512
    .section .note.GNU-stack, "", @progbits
