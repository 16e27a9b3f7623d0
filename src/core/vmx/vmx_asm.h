/* SPDX-License-Identifier: GPL-2.0-only */
/* What vmx_entry.S and C agree on; checked in vmx_vcpu.h. Literals only. */
#ifndef CORE_VMX_VMX_ASM_H
#define CORE_VMX_VMX_ASM_H

/* struct vmx_entry */
#define VMX_ENTRY_HOST_RSP  0
#define VMX_ENTRY_LAUNCHED  8
#define VMX_ENTRY_NMI_TAKEN 9

#define VMX_ASM_HOST_RSP 0x6C14 /* VMCS_HOST_RSP */

/* What vmx_enter() returns */
#define VMX_ENTERED         0 /* the guest ran, or its state was refused: see the exit reason */
#define VMX_ENTRY_CUT_SHORT 1 /* by an NMI, which the host has taken */
#define VMX_ENTRY_FAILED    2 /* VMfail */

#endif
