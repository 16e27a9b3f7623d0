/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hook: Lapwing's INT 15H (boot/bios.S) before a BIOS that has functions which the emulators' BIOSes
 * lack, and sizes on both sides of each limit. It runs bare; bios.S lies behind the sector.
 */
#include "sector.inc"

#define SECTORS 4
#define VECTOR  (0x15 * 4)
#define KB      0xFFC00 /* from 1 MiB to Lapwing's range, which begins at 1 GiB */

SECTOR_BEGIN
    movw $(0x0200 | SECTORS), %ax
    movw $bios_start, %bx
    movw $2, %cx
    xorb %dh, %dh
    int $0x13
    movl $bios, bios_old_int15
    movl $KB, bios_kb
    movw $0xFFFF, bios_kb_word
    movw $0x3C00, bios_kb_below_16m
    movw $0x3F00, bios_64k_above_16m
    movw $bios_int15, %ax
    subw $bios_start, %ax
    movw %ax, VECTOR
    movw $bios_start, %ax
    shrw $4, %ax
    movw %ax, VECTOR + 2

    movw $asked, %si
next:
    lodsw
    movw %ax, function
    lodsw
    movw %ax, lower
    lodsw
    movw %ax, upper
    movw function, %ax
    xorw %bx, %bx
    xorw %cx, %cx
    xorw %dx, %dx
    int $0x15
    pushfw
    pushw %dx
    pushw %cx
    pushw %bx
    pushw %ax
    movw $4, %bx
    xorw %bp, %bp
1:  popw %dx
    lodsw
    subw %dx, %ax
    orw %ax, %bp
    decw %bx
    jnz 1b
    popw %dx
    lodsw
    xorw %dx, %ax
    andw $1, %ax
    orw %ax, %bp
    pushw %si
    jz 2f
    say "not "
2:  say "ok "
    incw count
    movw count, %ax
    call hex8
    movw function, %ax
    call hex16
    say "\r\n"
    popw %si
    cmpw $asked_end, %si
    jb next
    say "1..9\r\n"
    done

/* A BIOS whose answer is in `upper` and `lower`, in all registers that any function uses. */
bios:
    movw %cs:lower, %ax
    movw %ax, %bx
    movw %cs:upper, %dx
    movw %dx, %cx
    pushw %bp
    movw %sp, %bp
    andw $~1, 6(%bp)
    popw %bp
    iretw

function: .word 0
lower:    .word 0
upper:    .word 0
count:    .word 0

/* The function, the BIOS's lower and upper word; AX, BX, CX, DX and CF as they must come back. */
asked:
    .word 0x8800, 0xFFFF, 0,      0xFFFF, 0xFFFF, 0, 0, 0
    .word 0xE801, 0x3C00, 0x7F00, 0x3C00, 0x3C00, 0x3C00, 0x3F00, 0
    .word 0x8A00, 0x0000, 0x10,   0xFC00, 0x0000, 0x10, 0x0F, 0
    .word 0x8A00, 0xFC01, 0x0F,   0xFC00, 0xFC01, 0x0F, 0x0F, 0
    .word 0x8A00, 0xFFFF, 0x0E,   0xFFFF, 0xFFFF, 0x0E, 0x0E, 0
    .word 0xDA88, 0x0000, 0x10,   0x0000, 0xFC00, 0x0F, 0x10, 0
    .word 0xDA88, 0xFFFF, 0x0E,   0xFFFF, 0xFFFF, 0x0E, 0x0E, 0
    .word 0xE881, 0x1234, 0,      0x8681, 0, 0, 0, 1
    .word 0xC700, 0x1234, 0,      0x8600, 0, 0, 0, 1
asked_end:
SECTOR_END
