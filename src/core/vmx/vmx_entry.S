/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unsigned vmx_enter(uint64_t gpr[16], struct vmx_entry *e)
 * uint64_t vmx_nmi_resume_rip(uint64_t rip)
 *
 * Enters the guest with all general registers but RSP from `gpr` and stores them back after the exit.
 * [vmx_window, vmx_window_end) is restartable: an NMI in it goes on at vmx_cut_short, so that none can
 * come between the look at NMI_TAKEN and the entry. The stack does not change in between.
 */
#include "vmx_asm.h"

#define GPR(n) ((n) * 8)

    .text
    .code64
    .globl vmx_enter
vmx_enter:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdi
    cmpq %rsp, VMX_ENTRY_HOST_RSP(%rsi)
    je vmx_window
    movq %rsp, VMX_ENTRY_HOST_RSP(%rsi)
    movl $VMX_ASM_HOST_RSP, %eax
    vmwrite %rsp, %rax
vmx_window:
    cmpb $0, VMX_ENTRY_NMI_TAKEN(%rsi)
    jne vmx_cut_short
    cmpb $0, VMX_ENTRY_LAUNCHED(%rsi) /* MOV leaves the flags alone */
    movq GPR(0)(%rdi), %rax
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
    je 1f
    vmresume
    jmp vmx_window_end
1:  vmlaunch
vmx_window_end:
    movl $VMX_ENTRY_FAILED, %eax
    jmp vmx_out

vmx_cut_short:
    movl $VMX_ENTRY_CUT_SHORT, %eax
    jmp vmx_out

    /* HOST_RIP; RSP is as at vmx_window, with `gpr` on top */
    .globl vmx_exit_point
vmx_exit_point:
    pushq %rax
    movq 8(%rsp), %rax
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
    popq GPR(0)(%rax)
    movl $VMX_ENTERED, %eax
vmx_out:
    popq %rdi
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret

    .globl vmx_nmi_resume_rip
vmx_nmi_resume_rip:
    leaq vmx_window(%rip), %rcx
    leaq vmx_window_end(%rip), %rdx
    movq %rdi, %rax
    cmpq %rcx, %rdi
    jb 2f
    cmpq %rdx, %rdi
    jae 2f
    leaq vmx_cut_short(%rip), %rax
2:  ret

    .section .note.GNU-stack, "", @progbits
