/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the vendors' entry stubs: exchanging the general registers with vcpu->gpr (enum gpr's order).
 * RAX and RSP are the stub's own business, because each vendor treats them differently.
 */
#ifndef CORE_GPR_ASM_H
#define CORE_GPR_ASM_H

/* clang-format off: assembly, which it would join into one line */

#define GPR(n) ((n) * 8)

/* What C expects to find again, and below it the pointer in RDI. */
.macro push_host_gprs
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
.endm

.macro pop_host_gprs
    popq %rdi
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
.endm

/* From the array at RDI, RDI last. Leaves the flags alone. */
.macro load_guest_gprs
    movq GPR(1)(%rdi), %rcx
    movq GPR(2)(%rdi), %rdx
    movq GPR(3)(%rdi), %rbx
    movq GPR(5)(%rdi), %rbp
    movq GPR(6)(%rdi), %rsi
    movq GPR(8)(%rdi), %r8
    movq GPR(9)(%rdi), %r9
    movq GPR(10)(%rdi), %r10
    movq GPR(11)(%rdi), %r11
    movq GPR(12)(%rdi), %r12
    movq GPR(13)(%rdi), %r13
    movq GPR(14)(%rdi), %r14
    movq GPR(15)(%rdi), %r15
    movq GPR(7)(%rdi), %rdi
.endm

/* To the array at RAX. */
.macro store_guest_gprs
    movq %rcx, GPR(1)(%rax)
    movq %rdx, GPR(2)(%rax)
    movq %rbx, GPR(3)(%rax)
    movq %rbp, GPR(5)(%rax)
    movq %rsi, GPR(6)(%rax)
    movq %rdi, GPR(7)(%rax)
    movq %r8, GPR(8)(%rax)
    movq %r9, GPR(9)(%rax)
    movq %r10, GPR(10)(%rax)
    movq %r11, GPR(11)(%rax)
    movq %r12, GPR(12)(%rax)
    movq %r13, GPR(13)(%rax)
    movq %r14, GPR(14)(%rax)
    movq %r15, GPR(15)(%rax)
.endm

#endif
