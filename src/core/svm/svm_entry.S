/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void svm_enter(uint64_t gpr[16], hpa_t vmcb_pa)
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
    push_host_gprs
    movq %rsi, %rax
    load_guest_gprs
    vmrun %rax
    movq (%rsp), %rax
    store_guest_gprs
    pop_host_gprs
    ret

    .section .note.GNU-stack, "", @progbits
