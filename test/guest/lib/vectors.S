/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt entries: 256 stubs, and one common path that saves struct trap_frame. A stub pushes a
 * zero if the CPU pushes no error code, and then the vector. The assembly half of trap_call() is
 * here too.
 */
    .text
    .code64

    .globl vector_stubs
    .balign 16
vector_stubs:
    .set    vector, 0
    .rept   256
    .balign 16
    /* Vectors 8, 10..14, 17, 21, 29, 30 have an error code. */
    .if     vector >= 32
    pushq   $0
    .elseif ((0x60227D00 >> vector) & 1) == 0
    pushq   $0
    .endif
    pushq   $vector
    jmp     vector_common
    .set    vector, vector + 1
    .endr

vector_common:
    push    %rax
    push    %rcx
    push    %rdx
    push    %rbx
    push    %rbp
    push    %rsi
    push    %rdi
    push    %r8
    push    %r9
    push    %r10
    push    %r11
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    cld
    mov     %rsp, %rdi
    mov     %rsp, %rbp
    and     $-16, %rsp
    call    trap_dispatch
    mov     %rbp, %rsp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %r11
    pop     %r10
    pop     %r9
    pop     %r8
    pop     %rdi
    pop     %rsi
    pop     %rbp
    pop     %rbx
    pop     %rdx
    pop     %rcx
    pop     %rax
    add     $16, %rsp
    iretq

/* int trap_save(struct trap_context *): 0 now, 1 when trap_restore() comes back here. */
    .globl trap_save
trap_save:
    mov     (%rsp), %rax
    mov     %rax, 0(%rdi)
    lea     8(%rsp), %rax
    mov     %rax, 8(%rdi)
    mov     %rbx, 16(%rdi)
    mov     %rbp, 24(%rdi)
    mov     %r12, 32(%rdi)
    mov     %r13, 40(%rdi)
    mov     %r14, 48(%rdi)
    mov     %r15, 56(%rdi)
    pushfq
    pop     64(%rdi)
    xor     %eax, %eax
    ret

/* void trap_restore(struct trap_context *): leaves an exception handler by IRETQ, so that NMIs unblock. */
    .globl trap_restore
trap_restore:
    mov     16(%rdi), %rbx
    mov     24(%rdi), %rbp
    mov     32(%rdi), %r12
    mov     40(%rdi), %r13
    mov     48(%rdi), %r14
    mov     56(%rdi), %r15
    mov     %ss, %eax
    push    %rax
    push    8(%rdi)
    push    64(%rdi)
    mov     %cs, %eax
    push    %rax
    push    0(%rdi)
    mov     $1, %eax
    iretq

    .section .note.GNU-stack, "", @progbits
