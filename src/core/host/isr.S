/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host exception and interrupt entry. Each of the first 32 vectors has a stub, and all others share
 * one. Every stub leaves a struct isr_frame (src/core/host/exception.h) for isr_handle().
 *
 * The CPU aligns the stack to 16 bytes before it pushes six words, or five if the vector has no error
 * code. So the alignment tells which.
 */
#include "boot/asm_const.h"
#include "boot/asm_offsets.h"

    .text
    .code64
    .balign 16
    .globl isr_stubs
isr_stubs:
    .set vector, 0
    .rept 32
    .balign ISR_STUB_SIZE
    pushq $vector
    jmp isr_common
    .set vector, vector + 1
    .endr

/*
 * Vector 30 while a LAPIC is drained is #SX, which has an error code, or an interrupt, which has
 * none; the alignment tells.
 */
    .balign 16
    .globl isr_sx_or_irq_stub
isr_sx_or_irq_stub:
    testb $8, %spl
    jnz isr_irq_stub
    pushq $VEC_SX
    jmp isr_common

    .balign 16
    .globl isr_irq_stub
isr_irq_stub:
    pushq $ISR_VECTOR_IRQ

isr_common:
    testb $8, %spl
    jnz 1f
    pushq (%rsp) /* no error code: the vector once more, and 0 in its place */
    movq $0, 8(%rsp)
1:
    cld
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rdi
    movq %rsp, %rbp
    andq $-16, %rsp
    call isr_handle
    movq %rbp, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $16, %rsp
    iretq

    .section .note.GNU-stack, "", @progbits
