/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way back after a reset of the CPUs: the firmware jumps through 40:67 to a copy of
 * resume_start below 1 MiB, in real mode.
 */
#include "lib/segments.h"

/* void reset_and_resume(void (*reset)(void)): calls `reset`, and returns when the firmware is done. */
    .text
    .globl  reset_and_resume
reset_and_resume:
    push    %rbx
    push    %rbp
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    mov     %rsp, resume_rsp
    call    *%rdi
1:  pause                       /* the reset may take a moment */
    jmp     1b

    .code32
resume32:
    mov     $SEG_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    mov     resume_rsp, %esp
    call    enter_long_mode
    ljmp    $SEG_CODE64, $resume64

    .code64
resume64:
    call    load_data_segments
    mov     resume_rsp, %rsp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbp
    pop     %rbx
    ret

    .section .rodata
    .code16
    .globl  resume_start, resume_end
resume_start:
    cli
    cld
    lgdtl   %cs:(2f - resume_start)
    movl    $0x11, %eax         /* CR0: PE, ET */
    movl    %eax, %cr0
    ljmpl   $SEG_CODE32, $resume32
    .balign 4
2:  .word   SEG_GDT_BYTES - 1
    .long   boot_gdt
resume_end:

    .bss
    .balign 8
resume_rsp: .skip 8

    .section .note.GNU-stack, "", @progbits
