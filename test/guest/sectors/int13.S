/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * int13: reads a sector 10,000 times by INT 13H, with interrupts on, and counts the timer's ticks
 * against the seconds of the RTC meanwhile; then it calls INT 10H and INT 16H. An emulator whose
 * clock goes on while its host is busy loses ticks, bare as well, and how many says nothing: some
 * must come. Where the clock is the emulated processor's own, the row asks for "full rate".
 */
#include "sector.inc"

#define READS   10000
#define COPY    (SECTOR + 512)
#define TICKS   0x46C
#define RTC_SECONDS 0
#define RTC_A       0x0A
#define RTC_UIP     0x80

SECTOR_BEGIN
    sti
    call second
    movb %al, begun
    movw TICKS, %ax
    movw %ax, first
    movw $READS, %bp
read:
    movw $0x0201, %ax
    movw $COPY, %bx
    movw $1, %cx
    movw $0x0080, %dx
    pushw %bp
    int $0x13
    popw %bp
    jnc 1f
    incw failed
1:  decw %bp
    jnz read
    call second
    subb begun, %al
    jnc 1f
    addb $60, %al
1:  movw TICKS, %bx
    subw first, %bx             /* ticks */
    movb $182, %ah
    mulb %ah
    movw %ax, %bp               /* ten times the ticks that there should be */
    say "ticks "
    movw %bx, %ax
    call hex16
    say "of tenths "
    movw %bp, %ax
    call hex16
    imulw $10, %bx, %bx
    leaw 15(%bx), %ax           /* both ends are a tick's part off */
    cmpw %bp, %ax
    jb 1f
    say ", full rate"
1:  say "\r\n1..3\r\n"
    cmpw $0, failed
    je 1f
    say "not "
1:  say "ok 1 - INT 13H\r\n"
    testw %bx, %bx
    jnz 1f
    say "not "
1:  say "ok 2 - ticks\r\n"
    movw $0x0E2E, %ax
    movw $7, %bx
    int $0x10
    movb $1, %ah
    int $0x16
    jz 1f
    say "not "
1:  say "ok 3 - no key\r\n"
    done

/* Waits for the RTC's next second; returns it in AL. */
second:
    call seconds
    movb %al, %ah
1:  call seconds
    cmpb %al, %ah
    je 1b
    movb %al, %ah
    shrb $4, %ah
    andb $15, %al
    aad
    ret

seconds:
    movb $RTC_A, %al
    outb %al, $0x70
    inb $0x71, %al
    testb $RTC_UIP, %al
    jnz seconds
    movb $RTC_SECONDS, %al
    outb %al, $0x70
    inb $0x71, %al
    ret

first:  .word 0
failed: .word 0
begun:  .byte 0
SECTOR_END
