/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scribble: writes a dword to every page below 4 GiB that INT 15H calls usable, but those of this
 * code and of the BIOS's data, reads all of them again, and finds the BIOS alive. A page of
 * Lapwing's would read as ones.
 */
#include "sector.inc"

#define SMAP       0x534D4150
#define ENTRY_SIZE 20
#define USABLE     1
#define PAGE       0x1000
#define COPY       (SECTOR + 512)

SECTOR_BEGIN
    movw $0x2401, %ax           /* opens A20, which GRUB has closed */
    int $0x15
    xorl %ebp, %ebp             /* 0: writes; 1: reads */
pass:
    xorl %ebx, %ebx
entry:
    movl $0xE820, %eax
    movl $SMAP, %edx
    movl $ENTRY_SIZE, %ecx
    movw $BUFFER, %di
    int $0x15
    jc passed
    cmpl $USABLE, BUFFER + 16
    jne following
    cmpl $0, BUFFER + 4
    jne following
    pushl %ebx
    call pages
    popl %ebx
following:
    testl %ebx, %ebx
    jnz entry
passed:
    incw %bp
    cmpw $1, %bp
    je pass

    say "pages "
    movl seen, %eax
    call hex32
    say "\r\n1..2\r\n"
    movl seen, %eax
    testl %eax, %eax
    jz 1f
    cmpl %eax, kept
    je 2f
1:  say "not "
2:  say "ok 1 - every page keeps what is written\r\n"
    movw $0x0201, %ax
    movw $COPY, %bx
    movw $1, %cx
    movw $0x0080, %dx
    int $0x13
    jc 1f
    cmpw $0xAA55, COPY + 510
    je 2f
1:  say "not "
2:  say "ok 2 - INT 13H\r\n"
    done

/* Writes or reads the pages of the entry in BUFFER, with interrupts off: a handler may change FS. */
pages:
    cli
    big_real
    movl BUFFER, %edi
    movl BUFFER + 8, %ecx       /* to the end, in pages */
    addl %edi, %ecx
    shrl $12, %ecx
    addl $(PAGE - 1), %edi
    shrl $12, %edi
    subl %edi, %ecx
    jbe 4f
    shll $12, %edi
1:  movl %edi, %eax
    shrl $12, %eax
    jz 3f                       /* the BIOS's data, and BUFFER */
    cmpl $(SECTOR / PAGE), %eax
    je 3f
    testw %bp, %bp
    jnz 2f
    incl seen
    movl %edi, %fs:(%edi)
    jmp 3f
2:  cmpl %edi, %fs:(%edi)
    jne 3f
    incl kept
3:  addl $PAGE, %edi
    decl %ecx
    jnz 1b
4:  sti
    ret

    BIG_REAL_DATA
seen:   .long 0
kept:   .long 0
SECTOR_END
