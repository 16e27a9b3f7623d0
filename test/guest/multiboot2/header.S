/* SPDX-License-Identifier: GPL-2.0-only */
/* A Multiboot 2 header (Multiboot2 Specification 2.0, "OS image format"). */
#define MAGIC    0xE85250D6
#define OPTIONAL 1

    .section .multiboot, "ax"
    .balign 8
header:
    .long MAGIC, 0, header_end - header
    .long -(MAGIC + header_end - header)

    .short 1, 0                 /* these tags of the information are needed */
    .long 5 * 4 + 8
    .long 1, 2, 4, 6, 21
    .balign 8
    .short 3, 0                 /* the entry, which is not the ELF header's */
    .long 12
    .long multiboot2_entry
    .balign 8
    .short 6, 0                 /* modules on page boundaries */
    .long 8
    .short 10, 0                /* may be moved */
    .long 24
    .long 0x200000, 0x10000000, 0x200000, 0
    .short 0x7FFF, OPTIONAL     /* nobody knows this one */
    .long 8
    .short 0, 0
    .long 8
header_end:

    .text
    .code32
multiboot2_entry:
    movl    $1, multiboot2_entered
    jmp     payload_entry

    .bss
    .balign 4
    .globl multiboot2_entered
multiboot2_entered: .skip 4
