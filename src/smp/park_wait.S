/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void park_wait(const _Atomic uint32_t *word)
 * uint64_t park_resume_rip(uint64_t rip)
 *
 * An NMI in [park_wait, park_done) returns to park_done. See park.h.
 */
    .text
    .code64
    .globl park_wait
park_wait:
    cmpl $0, (%rdi)
    jne park_done
    hlt
park_done:
    ret

    .globl park_resume_rip
park_resume_rip:
    leaq park_wait(%rip), %rcx
    leaq park_done(%rip), %rdx
    movq %rdi, %rax
    cmpq %rcx, %rdi
    jb 1f
    cmpq %rdx, %rdi
    cmovb %rdx, %rax
1:  ret

    .section .note.GNU-stack, "", @progbits
