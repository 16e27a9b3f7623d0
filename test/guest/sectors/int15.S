/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * int15: prints what the BIOS and CMOS RAM tell of memory. The tool holds what is told under Lapwing
 * against what the same sector was told bare (judging/bios_map.py).
 */
#include "sector.inc"

#define SMAP        0x534D4150
#define ENTRY_SIZE  20
#define BASE_MEMORY 0x413

SECTOR_BEGIN
    movw $questions, %si
next:
    lodsw
    testw %ax, %ax
    jz map
    pushw %si
    pushw %ax
    say "int15 "
    popw %ax
    pushw %ax
    call hex16
    popw %ax
    movzwl %ax, %eax
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    int $0x15
    call registers
    call newline
    popw %si
    jmp next

map:
    movl $ENTRY_SIZE, %ebp      /* the size that is asked for: 20 bytes, then 24 */
    xorl %ebx, %ebx
entry:
    say "e820 "
    movw %bp, %ax
    call hex8
    movw $BUFFER, %di
    movw $24, %cx
    movb $0xFF, %al             /* what nobody writes stays as it is */
    rep stosb
    movw $BUFFER, %di
    movl $0xE820, %eax
    movl %ebp, %ecx
    movl $SMAP, %edx
    int $0x15
    pushl %ebx
    pushfw
    call registers
    movw $BUFFER, %si
    movw $6, %di
1:  lodsl
    call hex32
    decw %di
    jnz 1b
    call newline
    popfw
    popl %ebx
    jc 2f
    testl %ebx, %ebx
    jnz entry
2:  addw $4, %bp
    cmpw $24, %bp
    movl $0, %ebx
    je entry

    movw $cmos, %si
byte:
    lodsb
    testb %al, %al
    jz base
    pushw %si
    pushw %ax
    say "cmos "
    popw %ax
    pushw %ax
    call hex8
    popw %ax
    outb %al, $0x70
    inb $0x71, %al
    call hex8
    call newline
    popw %si
    jmp byte

base:
    say "base "
    movw BASE_MEMORY, %ax
    call hex16
    say "\r\n1..1\r\nok 1 - told\r\n"
    done

/* CF (0 or FFH), EAX, EBX, ECX and EDX. */
registers:
    pushl %edx
    pushl %ecx
    pushl %ebx
    pushl %eax
    sbbb %al, %al
    call hex8
    popl %eax
    call hex32
    popl %eax
    call hex32
    popl %eax
    call hex32
    popl %eax
    jmp hex32

newline:
    movb $'\r', %al
    call put
    movb $'\n', %al
    jmp put

questions:
    .word 0xE801, 0x8800, 0x8A00, 0xDA88, 0xE881, 0
cmos:
    .byte 0x15, 0x16, 0x17, 0x18, 0x30, 0x31, 0x34, 0x35, 0x5B, 0x5C, 0x5D, 0
SECTOR_END
