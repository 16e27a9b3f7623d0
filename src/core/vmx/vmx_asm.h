/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants that vmx_entry.S and C share, literals only. vmx_vcpu.h asserts them. */
#ifndef CORE_VMX_VMX_ASM_H
#define CORE_VMX_VMX_ASM_H

/* Offsets in struct vmx_entry, in bytes */
#define VMX_ENTRY_HOST_RSP  0
#define VMX_ENTRY_LAUNCHED  8
#define VMX_ENTRY_NMI_TAKEN 9

#define VMX_ASM_HOST_RSP 0x6C14 /* VMCS_HOST_RSP */

/* Results of vmx_enter() */
#define VMX_ENTERED         0 /* the guest ran, or its state was refused: see the exit reason */
#define VMX_ENTRY_CUT_SHORT 1 /* an NMI cut the entry short; the host has taken it */
#define VMX_ENTRY_FAILED    2 /* VMfail */

#endif
