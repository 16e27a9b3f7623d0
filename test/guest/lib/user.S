/* SPDX-License-Identifier: GPL-2.0-only */
/* Going to ring 3; see user.h. */
#include "segments.h"

    .text
    .code64
    .globl user_run
user_run:
    mov     %rsp, %rcx
    sub     $128, %rcx
    pushq   $SEG_USER_DATA
    push    %rcx
    pushq   $2                  /* RFLAGS: interrupts off */
    pushq   $SEG_USER_CODE64
    push    %rdi
    mov     %rsi, %rax
    xor     %ecx, %ecx
    xor     %edx, %edx
    iretq

    .section .note.GNU-stack, "", @progbits
