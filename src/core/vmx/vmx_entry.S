/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmx_enter, for vmx_insn.h: RBX = struct vcpu *
 * uint64_t vmx_nmi_resume_rip(uint64_t rip)
 *
 * Loads all general registers but RSP from vcpu->gpr, which comes first in the structure, enters the
 * guest, and stores the registers after the exit. CF is set if there was no exit. An NMI in
 * [vmx_window, vmx_window_end) goes on at vmx_cut_short, so that no NMI comes between the look at
 * vcpu->attention and the entry. The stack does not change in this range, and has the vCPU on top.
 */
#include "boot/asm_offsets.h"
#include "core/gpr_asm.inc"

    .text
    .code64
    .globl vmx_enter
vmx_enter:
    pushq %rbx
vmx_window:
    cmpl $0, VCPU_attention(%rbx)
    jne 1f
    movq OFFSET_RAX(%rbx), %rax
    load_guest_gprs
    vmresume
    jmp vmx_window_end

    /* vcpu_loop() never returns, and has one place from which it comes here: HOST_RSP stays. */
1:  cmpl $ATTENTION_VENDOR, VCPU_attention(%rbx)
    jne vmx_cut_short
    movl $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
    movq OFFSET_RAX(%rbx), %rax
    load_guest_gprs
    vmlaunch
vmx_window_end: /* VMfail */
    popq %rdi
    andq $-16, %rsp
    call vmx_entry_failed

vmx_cut_short:
    popq %rbx
    stc
    ret

    /*
     * HOST_RIP until the guest has run once, if it was not refused. RSP is as at vmx_window, here and
     * below. From then on VMRESUME is used.
     */
    .globl vmx_first_exit_point
vmx_first_exit_point:
    pushq %rax
    pushq %rbx
    movl $VMCS_EXIT_REASON, %eax
    vmread %rax, %rax
    testl %eax, %eax
    js 1f /* VMX_EXIT_ENTRY_FAILED */
    movq 16(%rsp), %rbx
    lock andl $~ATTENTION_VENDOR, VCPU_attention(%rbx)
    movl $VMCS_HOST_RIP, %eax
    leaq vmx_exit_point(%rip), %rbx
    vmwrite %rbx, %rax
1:  popq %rbx
    popq %rax

    /* HOST_RIP. An exit clears all flags; CF is 0 here. */
    .globl vmx_exit_point
vmx_exit_point:
    store_guest_gprs
    movq %rax, OFFSET_RAX(%rbx)
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
