/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svm_enter, for svm_insn.h: RBX = uint64_t gpr[16], RAX = the VMCB's address
 *
 * GIF is 0 before and after. VMRUN switches RAX, RSP, RIP, flags and the segments that C needs.
 * This code switches the other general registers. FS, GS, TR and the like stay the guest's, because
 * host code uses none of them.
 */
#include "core/gpr_asm.inc"

    .text
    .code64
    .globl svm_enter
svm_enter:
    pushq %rbx
    load_guest_gprs
    vmrun %rax
    store_guest_gprs
    ret

    .section .note.GNU-stack, "", @progbits
