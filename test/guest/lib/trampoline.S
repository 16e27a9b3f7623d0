/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a SIPI starts: a copy of this page, anywhere below 1 MiB. It saves the CPU's initial state
 * before it uses any register, for one CPU at a time (TRAMPOLINE_LOCK; only flags change while a
 * CPU waits). Then it jumps to ap_entry32 with the page's address in EBX and the lock held.
 */
#include "segments.h"

#define SAVE(reg, where) movl %reg, %cs:(TRAMPOLINE_STATE + where)

    .section .rodata
    .code16
    .globl trampoline_start, trampoline_end
trampoline_start:
1:  lock btsw $0, %cs:TRAMPOLINE_LOCK
    jnc     2f
    pause
    jmp     1b
2:  SAVE(eax, RESET_EAX)
    SAVE(ebx, RESET_EBX)
    SAVE(ecx, RESET_ECX)
    SAVE(edx, RESET_EDX)
    SAVE(esi, RESET_ESI)
    SAVE(edi, RESET_EDI)
    SAVE(ebp, RESET_EBP)
    SAVE(esp, RESET_ESP)
    movw    %cs, %cs:(TRAMPOLINE_STATE + RESET_CS)
    movw    %ds, %cs:(TRAMPOLINE_STATE + RESET_DS)
    movw    %es, %cs:(TRAMPOLINE_STATE + RESET_ES)
    movw    %ss, %cs:(TRAMPOLINE_STATE + RESET_SS)
    movw    %fs, %cs:(TRAMPOLINE_STATE + RESET_FS)
    movw    %gs, %cs:(TRAMPOLINE_STATE + RESET_GS)
    sgdtl   %cs:(TRAMPOLINE_STATE + RESET_GDTR)
    sidtl   %cs:(TRAMPOLINE_STATE + RESET_IDTR)
    movl    %cr0, %eax
    SAVE(eax, RESET_CR0)
    movl    %cr2, %eax
    SAVE(eax, RESET_CR2)
    movl    %cr3, %eax
    SAVE(eax, RESET_CR3)
    movl    %cr4, %eax
    SAVE(eax, RESET_CR4)
    movl    %dr0, %eax
    SAVE(eax, RESET_DR0)
    movl    %dr6, %eax
    SAVE(eax, RESET_DR6)
    movl    %dr7, %eax
    SAVE(eax, RESET_DR7)
    movl    $0xC0000080, %ecx
    rdmsr
    SAVE(eax, RESET_EFER)
    movw    %cs, %ax
    movw    %ax, %ss
    movw    $0xFF0, %sp
    pushfl
    popl    %eax
    SAVE(eax, RESET_EFLAGS)

    cli
    cld
    xorl    %ebx, %ebx
    movw    %cs, %bx
    shll    $4, %ebx
    lgdtl   %cs:(3f - trampoline_start)
    movl    $0x11, %eax             /* CR0: PE, ET */
    movl    %eax, %cr0
    ljmpl   $SEG_CODE32, $ap_entry32
    .balign 4
3:  .word   SEG_GDT_BYTES - 1
    .long   boot_gdt
trampoline_end:

    .section .note.GNU-stack, "", @progbits
