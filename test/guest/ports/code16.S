/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS in 16-bit code of compatibility mode. 64-bit C calls code16_run() with interrupts off;
 * the piece is copied below 64 KiB, where 16-bit registers reach its operands.
 */
#include "lib/segments.h"

    .text
/*
 * void code16_run(uint64_t low_page, const void *piece, uint64_t regs[4]): RSI, RDI, RCX and RDX are
 * the piece's at its begin, and as it has left them afterwards.
 */
    .globl  code16_run
code16_run:
    push    %rbx
    push    %rbp
    push    %r12
    push    %rdx
    mov     %rdx, %r12
    mov     %rdi, %rax
    mov     $PIECE_BYTES, %ecx
    rep movsb
    mov     (%r12), %rsi
    mov     8(%r12), %rdi
    mov     16(%r12), %rcx
    mov     24(%r12), %rdx
    pushq   $SEG_CODE16
    push    %rax
    lretq
back64:
    cld
    pop     %rax
    mov     %rsi, (%rax)
    mov     %rdi, 8(%rax)
    mov     %rcx, 16(%rax)
    mov     %rdx, 24(%rax)
    pop     %r12
    pop     %rbp
    pop     %rbx
    ret

    .macro  piece name, insn, first
    .globl  \name
    .code16
\name:
    \first
    \insn
    ljmpl   $SEG_CODE64, $back64
    .fill   PIECE_BYTES - (. - \name), 1, 0xCC
    .endm

    .set    PIECE_BYTES, 32
    .section .rodata
    piece   code16_outsb, "outsb"
    piece   code16_rep_outsb, "rep outsb"
    piece   code16_rep_outsb_addr32, ".byte 0x67; rep outsb" /* Clang knows no addr32 here */
    piece   code16_es_outsb, "es outsb"
    piece   code16_insb, "insb"
    piece   code16_insw, "insw"
    piece   code16_rep_insb_back, "rep insb", std

    .section .note.GNU-stack, "", @progbits
