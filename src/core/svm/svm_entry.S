/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svm_enter, for svm_insn.h: RBX = struct vcpu *, RAX = the VMCB's address
 *
 * GIF is 0 before and after. VMRUN switches RAX, RSP, RIP, flags and the segments that C needs. This
 * code switches the other general registers, which are in vcpu->gpr, the structure's first field. FS,
 * GS, TR and the like stay the guest's, because host code uses none of them. CF is set if there was no
 * entry.
 */
#include "core/gpr_asm.inc"

    .text
    .code64
    .globl svm_enter
svm_enter:
    cmpl $0, VCPU_attention(%rbx)
    jne 1f
    pushq %rbx
    load_guest_gprs
    vmrun %rax /* restores the flags of CMPL */
    store_guest_gprs
    ret
1:  stc
    ret

    .section .note.GNU-stack, "", @progbits
