/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sipi2: sends INIT, SIPI and SIPI to the other three CPUs, twice, from real mode. Each of them has
 * to start once for each INIT.
 */
#include "sector.inc"

#define START    0x8000
#define ICR      0xFEE00300
#define BUSY     0x1000
#define INIT     0x000C4500     /* to all but this CPU */
#define SIPI     (0x000C4600 + START / 0x1000)
#define OTHERS   3
#define TICKS    0x46C
#define STARTED  BUFFER         /* a word; from IDS on a byte for each APIC ID */
#define IDS      (BUFFER + 2)

SECTOR_BEGIN
    sti
    movw $BUFFER, %di
    xorw %ax, %ax
    movw $8, %cx
    rep stosw
    movw $ap, %si
    movw $START, %di
    movw $(ap_end - ap), %cx
    rep movsb
    movw $OTHERS, %bp
    call start
    movw $(2 * OTHERS), %bp
    call start
    say "started "
    movl IDS, %eax
    call hex32
    say "\r\n1..1\r\n"
    cmpw $(2 * OTHERS), STARTED
    jne 1f
    cmpl $0x02020200, IDS
    je 2f
1:  say "not "
2:  say "ok 1 - each CPU twice\r\n"
    done

/* Starts the others, until BP starts have been counted. A third start of one would come within a tick. */
start:
    movl $INIT, %eax
    call icr
    call tick
    movl $SIPI, %eax
    call icr
    movl $SIPI, %eax
    call icr
1:  cmpw %bp, STARTED
    jb 1b
    call tick

/* Waits until two ticks have come. */
tick:
    movb TICKS, %al
    addb $2, %al
1:  cmpb %al, TICKS
    jne 1b
    ret

icr:
    cli
    big_real
    movl $ICR, %edi
    movl %eax, %fs:(%edi)
1:  testl $BUSY, %fs:(%edi)
    jnz 1b
    sti
    ret

/* What a CPU does at START. */
ap:
    xorw %ax, %ax
    movw %ax, %ds
    movl $1, %eax
    cpuid
    shrl $24, %ebx
    lock incb IDS(%bx)
    lock incw STARTED
1:  hlt
    jmp 1b
ap_end:

    BIG_REAL_DATA
SECTOR_END
