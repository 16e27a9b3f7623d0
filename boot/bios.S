/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest that is booted by the BIOS gets in reserved memory below 640 KiB: the code that loads
 * a boot sector, and an INT 15H that tells the memory map without Lapwing's own range. A copy of it
 * runs as the guest, in real mode, at offset 0 of its segment. core/start/chain.c fills in the words
 * at the end.
 */
#include "boot/asm_const.h"

#define AT(sym) (sym - bios_start)

#define SECTOR      0x7C00
#define SIGNATURE   0xAA55
#define TRIES       3
#define PARAMETERS_SIZE   0x1A
#define PARAMETERS_SECTOR 0x18  /* bytes of a sector */
#define CD_SECTOR_SHIFT   11
#define CD_SECTOR         (1 << CD_SECTOR_SHIFT)
#define BOOT_RECORD       17
#define BOOT_RECORD_BEGIN 0x30444300 /* 0, then "CD001" */
#define CATALOG_AT        0x47
#define ENTRY             0x20
#define BOOTABLE          0x88
#define EMULATION         0x0F
#define SMAP        0x534D4150
#define ENTRY_SIZE  20
#define COM1        0x3F8
#define COM1_LSR    (COM1 + 5)
#define LSR_THRE    0x20
#define FLAGS_CF    1

#define CR0_CACHES_OFF 0x60000000

    .section .rodata, "a"
    .balign 16
    .globl bios_start, bios_end
    .code16
bios_start:
    cli
    cld
    movl %cr0, %eax
    andl $~CR0_CACHES_OFF, %eax /* as INIT leaves CR0, and firmware does not */
    movl %eax, %cr0
    xorw %ax, %ax
    movw %ax, %ss
    movw $SECTOR, %sp
    movw %ax, %ds
    movw %ax, %es
    sti
    movb %cs:AT(bios_drive), %dl
    cmpb $0, %cs:AT(bios_preloaded)
    jne go
    testb %dl, %dl
    jns floppy
    movw $SECTOR, %si
    movw $PARAMETERS_SIZE, (%si)
    movb $0x48, %ah             /* INT 13H, AH = 48H: the drive's parameters */
    pushw %dx
    int $0x13
    popw %dx
    jc floppy
    cmpw $CD_SECTOR, SECTOR + PARAMETERS_SECTOR
    je cd
floppy:
    movw $TRIES, %di
read:
    movw $0x0201, %ax           /* INT 13H, AH = 02H: one sector */
    movw $SECTOR, %bx
    movw $0x0001, %cx
    xorb %dh, %dh
    pushw %dx
    int $0x13
    popw %dx
    jnc loaded
    xorb %ah, %ah
    pushw %dx
    int $0x13
    popw %dx
    decw %di
    jnz read
    jmp refuse
loaded:
    cmpw $SIGNATURE, SECTOR + 510
    jne refuse
go:
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    ljmp $0, $SECTOR

/* A CD ("El Torito" Bootable CD-ROM Format Specification): volume, catalog, its first entry. */
cd:
    movl $BOOT_RECORD, %eax
    movw $1, %cx
    movw $(SECTOR >> 4), %bx
    call cd_read
    cmpl $BOOT_RECORD_BEGIN, SECTOR
    jne refuse
    movl SECTOR + CATALOG_AT, %eax
    call cd_read
    cmpb $BOOTABLE, SECTOR + ENTRY
    jne refuse
    testb $EMULATION, SECTOR + ENTRY + 1
    jnz refuse
    movw SECTOR + ENTRY + 2, %ax
    testw %ax, %ax
    jz 1f
    movw %ax, %bx
1:  movzwl SECTOR + ENTRY + 6, %ecx /* in sectors of 512 bytes */
    addl $3, %ecx
    shrl $2, %ecx
    jz refuse
    movl %ecx, %eax
    shll $CD_SECTOR_SHIFT - 4, %eax
    movzwl %bx, %edi
    addl %eax, %edi             /* the segment behind what is read: this code begins above base memory */
    movw %cs, %ax
    movzwl %ax, %eax
    cmpl %eax, %edi
    ja refuse
    movl SECTOR + ENTRY + 8, %eax
    call cd_read
    pushw %bx
    pushw $0
    lretw

/* Reads CX sectors from EAX on to BX:0. Keeps BX, CX and DX. */
cd_read:
    movw $TRIES, %di
1:  pushl $0
    pushl %eax
    pushw %bx
    pushw $0
    pushw %cx
    pushw $16
    movw %sp, %si
    pushw %dx
    pushl %eax
    movb $0x42, %ah             /* INT 13H, AH = 42H: by its address, which DS:SI points to */
    int $0x13
    popl %eax
    popw %dx
    jnc 2f
    addw $16, %sp
    decw %di
    jnz 1b
    jmp refuse
2:  addw $16, %sp
    ret

refuse:
    movw $AT(bios_refusal), %si
next:
    movb %cs:(%si), %al
    incw %si
    testb %al, %al
    jz stop
    cmpb $0, %cs:AT(bios_to_com1)
    je screen
    movw $COM1_LSR, %dx
    xorw %cx, %cx               /* the port is waited for 65,536 times, no longer */
wait:
    pushw %ax
    inb %dx, %al
    testb $LSR_THRE, %al
    popw %ax
    loopz wait
    movw $COM1, %dx
    outb %al, %dx
screen:
    movb $0x0E, %ah             /* INT 10H, AH = 0EH: on the screen as well */
    movw $7, %bx
    int $0x10
    jmp next
stop:
    hlt
    jmp stop

/* INT 15H. What tells of memory is told without Lapwing's, all else is the BIOS's. */
    .globl bios_int15
bios_int15:
    cmpw $0xE820, %ax
    je map
    cmpw $0xE801, %ax
    je map_e801
    cmpw $0xDA88, %ax
    je map_da88
    cmpw $0xE881, %ax           /* others that tell sizes, and that nobody misses */
    je unknown
    cmpb $0xC7, %ah
    je unknown
    cmpb $0x88, %ah
    je map_88
    cmpb $0x8A, %ah
    je map_8a
    ljmpw *%cs:AT(bios_old_int15)

/* EBX: the entry's number. Gives 24 bytes to who has room for them. */
map:
    cmpl $SMAP, %edx
    jne unknown
    cmpl $ENTRY_SIZE, %ecx
    jb unknown
    cmpl %cs:AT(bios_map_count), %ebx
    jae unknown
    cld
    pushw %si
    pushw %di
    imulw $ENTRY_SIZE, %bx, %si
    addw %cs:AT(bios_map_at), %si
    pushl %ecx
    movw $ENTRY_SIZE, %cx
    rep movsb %cs:(%si), %es:(%di)
    popl %ecx
    cmpl $(ENTRY_SIZE + 4), %ecx
    movl $ENTRY_SIZE, %ecx
    jb 1f
    movl $1, %es:(%di)          /* the entry is not to be ignored */
    addb $4, %cl
1:
    popw %di
    popw %si
    incl %ebx
    cmpl %cs:AT(bios_map_count), %ebx
    jb 2f
    xorl %ebx, %ebx
2:
    movl $SMAP, %eax
    jmp good

unknown:
    movb $0x86, %ah
bad:
    pushw %bp
    movw %sp, %bp
    orw $FLAGS_CF, 6(%bp)
    popw %bp
    iretw

good:
    pushw %bp
    movw %sp, %bp
    andw $~FLAGS_CF, 6(%bp)
    popw %bp
    iretw

/* The others tell of one piece from 1 MiB on: the BIOS's answer, cut where Lapwing's range begins. */
#define BIOS_ANSWER pushfw; lcallw *%cs:AT(bios_old_int15); jc bad

.macro at_most reg, limit
    cmpw %cs:AT(\limit), \reg
    jbe 1f
    movw %cs:AT(\limit), \reg
1:
.endm

map_88:
    BIOS_ANSWER
    at_most %ax, bios_kb_word
    jmp good

map_e801:
    BIOS_ANSWER
    at_most %ax, bios_kb_below_16m
    at_most %cx, bios_kb_below_16m
    at_most %bx, bios_64k_above_16m
    at_most %dx, bios_64k_above_16m
    jmp good

/* KiB in two registers: `size` is the suffix of the upper one's, w or b. */
.macro both_at_most lower, upper, size
    cmp\size %cs:AT(bios_kb) + 2, \upper
    jb good
    ja 1f
    cmpw %cs:AT(bios_kb), \lower
    jbe good
1:
    movw %cs:AT(bios_kb), \lower
    mov\size %cs:AT(bios_kb) + 2, \upper
    jmp good
.endm

map_8a:
    BIOS_ANSWER
    both_at_most %ax, %dx, w

map_da88:
    BIOS_ANSWER
    both_at_most %bx, %cl, b

    .balign 4
    .globl bios_old_int15, bios_map_count, bios_map_at, bios_kb, bios_kb_word, bios_kb_below_16m
    .globl bios_64k_above_16m, bios_drive, bios_preloaded, bios_to_com1, bios_refusal
bios_old_int15:     .long 0     /* segment:offset */
bios_map_count:     .long 0
bios_kb:            .long 0     /* KiB from 1 MiB to Lapwing's range */
bios_kb_word:       .word 0     /* the same in a word */
bios_kb_below_16m:  .word 0
bios_64k_above_16m: .word 0
bios_map_at:        .word 0     /* the map's offset in the segment */
bios_drive:         .byte 0
bios_preloaded:     .byte 0     /* the boot sector is in its place already */
bios_to_com1:       .byte 0     /* the refusal goes there, as the log does */
bios_refusal:       .fill BIOS_REFUSAL_SIZE, 1, 0
bios_end:

    .section .note.GNU-stack, "", @progbits
