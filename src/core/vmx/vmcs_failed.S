/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the inline functions of vmcs_access.h jump: VMREAD or VMWRITE failed, of the encoding in EAX. */
    .text
    .code64
    .globl vmcs_access_failed
vmcs_access_failed:
    movl %eax, %edi
    andq $-16, %rsp
    call vmcs_failed

    .section .note.GNU-stack, "", @progbits
