/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmx_enter, for vmx_insn.h: RBX = uint64_t gpr[16], RSI = struct vmx_entry *
 * uint64_t vmx_nmi_resume_rip(uint64_t rip)
 *
 * Loads all general registers but RSP from `gpr`, enters the guest, and stores the registers after
 * the exit. CF or ZF is set if there was no exit; EAX has an enum vmx_entry_result then. An NMI in
 * [vmx_window, vmx_window_end) goes on at vmx_cut_short, so that no NMI comes between the look at
 * VMX_STATE_NMI_TAKEN and the entry. The stack does not change in this range.
 */
#include "boot/asm_offsets.h"
#include "core/gpr_asm.inc"

    .text
    .code64
    .globl vmx_enter
vmx_enter:
    pushq %rbx
    cmpq %rsp, VMX_ENTRY_host_rsp(%rsi)
    je vmx_window
    movq %rsp, VMX_ENTRY_host_rsp(%rsi)
    movl $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
vmx_window:
    cmpl $VMX_STATE_LAUNCHED, VMX_ENTRY_state(%rsi)
    jne 2f
1:  movq OFFSET_RAX(%rbx), %rax
    load_guest_gprs /* MOV leaves the flags alone */
    jne 3f
    vmresume
    jmp vmx_window_end
2:  testl $VMX_STATE_NMI_TAKEN, VMX_ENTRY_state(%rsi)
    jnz vmx_cut_short
    testq %rsp, %rsp /* not 0 */
    jmp 1b
3:  vmlaunch
vmx_window_end:
    movl $VMX_ENTRY_FAILED, %eax /* VMfail has set CF or ZF */
    popq %rbx
    ret

vmx_cut_short:
    movl $VMX_ENTRY_CUT_SHORT, %eax
    popq %rbx
    stc
    ret

    /* HOST_RIP. RSP is as at vmx_window, with `gpr` on top. An exit clears all flags. */
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

/* VMREAD or VMWRITE failed, of the encoding in EAX. */
    .globl vmcs_access_failed
vmcs_access_failed:
    movl %eax, %edi
    andq $-16, %rsp
    call vmcs_failed

    .section .note.GNU-stack, "", @progbits
