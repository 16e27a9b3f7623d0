/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCS fields that Lapwing uses, one list for each width (Intel SDM Vol. 3D, appendix "Field
 * Encoding in VMCS"). The enums below are made from the lists, so that a field fits only the
 * accessor of its own width (vmcs_access.h). vmcs.c makes names for error messages from the same
 * lists.
 */
#ifndef CORE_VMX_VMCS_H
#define CORE_VMX_VMCS_H

#include <lapwing/types.h>

#define VMCS_FIELDS_16(F)                                                                          \
    F(VPID, 0x0000)                                                                                \
    F(POSTED_VECTOR, 0x0002)                                                                       \
    F(LAST_PID_INDEX, 0x0008)                                                                      \
    F(GUEST_ES_SELECTOR, 0x0800)                                                                   \
    F(GUEST_CS_SELECTOR, 0x0802)                                                                   \
    F(GUEST_SS_SELECTOR, 0x0804)                                                                   \
    F(GUEST_DS_SELECTOR, 0x0806)                                                                   \
    F(GUEST_FS_SELECTOR, 0x0808)                                                                   \
    F(GUEST_GS_SELECTOR, 0x080A)                                                                   \
    F(GUEST_LDTR_SELECTOR, 0x080C)                                                                 \
    F(GUEST_TR_SELECTOR, 0x080E)                                                                   \
    F(GUEST_INTERRUPT_STATUS, 0x0810)                                                              \
    F(HOST_ES_SELECTOR, 0x0C00)                                                                    \
    F(HOST_CS_SELECTOR, 0x0C02)                                                                    \
    F(HOST_SS_SELECTOR, 0x0C04)                                                                    \
    F(HOST_DS_SELECTOR, 0x0C06)                                                                    \
    F(HOST_FS_SELECTOR, 0x0C08)                                                                    \
    F(HOST_GS_SELECTOR, 0x0C0A)                                                                    \
    F(HOST_TR_SELECTOR, 0x0C0C)

#define VMCS_FIELDS_64(F)                                                                          \
    F(IO_BITMAP_A, 0x2000)                                                                         \
    F(IO_BITMAP_B, 0x2002)                                                                         \
    F(MSR_BITMAP, 0x2004)                                                                          \
    F(TSC_OFFSET, 0x2010)                                                                          \
    F(VIRTUAL_APIC_PAGE, 0x2012)                                                                   \
    F(APIC_ACCESS_PAGE, 0x2014)                                                                    \
    F(POSTED_DESCRIPTOR, 0x2016)                                                                   \
    F(EPTP, 0x201A)                                                                                \
    F(EOI_EXIT_BITMAP0, 0x201C)                                                                    \
    F(EOI_EXIT_BITMAP1, 0x201E)                                                                    \
    F(EOI_EXIT_BITMAP2, 0x2020)                                                                    \
    F(EOI_EXIT_BITMAP3, 0x2022)                                                                    \
    F(XSS_EXITING_BITMAP, 0x202C)                                                                  \
    F(TERTIARY_CONTROLS, 0x2034)                                                                   \
    F(PID_POINTER_TABLE, 0x2042)                                                                   \
    F(GUEST_PHYSICAL_ADDRESS, 0x2400)                                                              \
    F(LINK_POINTER, 0x2800)                                                                        \
    F(GUEST_DEBUGCTL, 0x2802)                                                                      \
    F(GUEST_PAT, 0x2804)                                                                           \
    F(GUEST_EFER, 0x2806)                                                                          \
    F(HOST_PAT, 0x2C00)                                                                            \
    F(HOST_EFER, 0x2C02)

#define VMCS_FIELDS_32(F)                                                                          \
    F(PIN_CONTROLS, 0x4000)                                                                        \
    F(PRIMARY_CONTROLS, 0x4002)                                                                    \
    F(EXCEPTION_BITMAP, 0x4004)                                                                    \
    F(PAGE_FAULT_MASK, 0x4006)                                                                     \
    F(PAGE_FAULT_MATCH, 0x4008)                                                                    \
    F(CR3_TARGET_COUNT, 0x400A)                                                                    \
    F(EXIT_CONTROLS, 0x400C)                                                                       \
    F(EXIT_MSR_STORE_COUNT, 0x400E)                                                                \
    F(EXIT_MSR_LOAD_COUNT, 0x4010)                                                                 \
    F(ENTRY_CONTROLS, 0x4012)                                                                      \
    F(ENTRY_MSR_LOAD_COUNT, 0x4014)                                                                \
    F(ENTRY_EVENT, 0x4016)                                                                         \
    F(ENTRY_EVENT_ERROR, 0x4018)                                                                   \
    F(ENTRY_INSN_LENGTH, 0x401A)                                                                   \
    F(TPR_THRESHOLD, 0x401C)                                                                       \
    F(SECONDARY_CONTROLS, 0x401E)                                                                  \
    F(VM_INSTRUCTION_ERROR, 0x4400)                                                                \
    F(EXIT_REASON, 0x4402)                                                                         \
    F(EXIT_EVENT, 0x4404)                                                                          \
    F(EXIT_EVENT_ERROR, 0x4406)                                                                    \
    F(IDT_VECTORING, 0x4408)                                                                       \
    F(IDT_VECTORING_ERROR, 0x440A)                                                                 \
    F(EXIT_INSN_LENGTH, 0x440C)                                                                    \
    F(GUEST_ES_LIMIT, 0x4800)                                                                      \
    F(GUEST_CS_LIMIT, 0x4802)                                                                      \
    F(GUEST_SS_LIMIT, 0x4804)                                                                      \
    F(GUEST_DS_LIMIT, 0x4806)                                                                      \
    F(GUEST_FS_LIMIT, 0x4808)                                                                      \
    F(GUEST_GS_LIMIT, 0x480A)                                                                      \
    F(GUEST_LDTR_LIMIT, 0x480C)                                                                    \
    F(GUEST_TR_LIMIT, 0x480E)                                                                      \
    F(GUEST_GDTR_LIMIT, 0x4810)                                                                    \
    F(GUEST_IDTR_LIMIT, 0x4812)                                                                    \
    F(GUEST_ES_RIGHTS, 0x4814)                                                                     \
    F(GUEST_CS_RIGHTS, 0x4816)                                                                     \
    F(GUEST_SS_RIGHTS, 0x4818)                                                                     \
    F(GUEST_DS_RIGHTS, 0x481A)                                                                     \
    F(GUEST_FS_RIGHTS, 0x481C)                                                                     \
    F(GUEST_GS_RIGHTS, 0x481E)                                                                     \
    F(GUEST_LDTR_RIGHTS, 0x4820)                                                                   \
    F(GUEST_TR_RIGHTS, 0x4822)                                                                     \
    F(GUEST_INTERRUPTIBILITY, 0x4824)                                                              \
    F(GUEST_ACTIVITY, 0x4826)                                                                      \
    F(GUEST_SYSENTER_CS, 0x482A)                                                                   \
    F(HOST_SYSENTER_CS, 0x4C00)

#define VMCS_FIELDS_NATURAL(F)                                                                     \
    F(CR0_MASK, 0x6000)                                                                            \
    F(CR4_MASK, 0x6002)                                                                            \
    F(CR0_SHADOW, 0x6004)                                                                          \
    F(CR4_SHADOW, 0x6006)                                                                          \
    F(EXIT_QUALIFICATION, 0x6400)                                                                  \
    F(GUEST_LINEAR_ADDRESS, 0x640A)                                                                \
    F(GUEST_CR0, 0x6800)                                                                           \
    F(GUEST_CR3, 0x6802)                                                                           \
    F(GUEST_CR4, 0x6804)                                                                           \
    F(GUEST_ES_BASE, 0x6806)                                                                       \
    F(GUEST_CS_BASE, 0x6808)                                                                       \
    F(GUEST_SS_BASE, 0x680A)                                                                       \
    F(GUEST_DS_BASE, 0x680C)                                                                       \
    F(GUEST_FS_BASE, 0x680E)                                                                       \
    F(GUEST_GS_BASE, 0x6810)                                                                       \
    F(GUEST_LDTR_BASE, 0x6812)                                                                     \
    F(GUEST_TR_BASE, 0x6814)                                                                       \
    F(GUEST_GDTR_BASE, 0x6816)                                                                     \
    F(GUEST_IDTR_BASE, 0x6818)                                                                     \
    F(GUEST_DR7, 0x681A)                                                                           \
    F(GUEST_RSP, 0x681C)                                                                           \
    F(GUEST_RIP, 0x681E)                                                                           \
    F(GUEST_RFLAGS, 0x6820)                                                                        \
    F(GUEST_PENDING_DEBUG, 0x6822)                                                                 \
    F(GUEST_SYSENTER_ESP, 0x6824)                                                                  \
    F(GUEST_SYSENTER_EIP, 0x6826)                                                                  \
    F(HOST_CR0, 0x6C00)                                                                            \
    F(HOST_CR3, 0x6C02)                                                                            \
    F(HOST_CR4, 0x6C04)                                                                            \
    F(HOST_FS_BASE, 0x6C06)                                                                        \
    F(HOST_GS_BASE, 0x6C08)                                                                        \
    F(HOST_TR_BASE, 0x6C0A)                                                                        \
    F(HOST_GDTR_BASE, 0x6C0C)                                                                      \
    F(HOST_IDTR_BASE, 0x6C0E)                                                                      \
    F(HOST_SYSENTER_ESP, 0x6C10)                                                                   \
    F(HOST_SYSENTER_EIP, 0x6C12)                                                                   \
    F(HOST_RSP, 0x6C14)                                                                            \
    F(HOST_RIP, 0x6C16)

#define VMCS_ENUM(name, encoding) VMCS_##name = (encoding),
enum vmcs16 { VMCS_FIELDS_16(VMCS_ENUM) };
enum vmcs32 { VMCS_FIELDS_32(VMCS_ENUM) };
enum vmcs64 { VMCS_FIELDS_64(VMCS_ENUM) };
enum vmcs_natural { VMCS_FIELDS_NATURAL(VMCS_ENUM) };
#undef VMCS_ENUM

/* Bits 14:13 of an encoding are the width. Bit 0 would mean the upper half of a 64-bit field. */
#define VMCS_WIDTH(encoding) ((encoding) >> 13 & 3)
#define VMCS_ASSERT_16(name, encoding)                                                             \
    _Static_assert(VMCS_WIDTH(encoding) == 0 && (encoding) % 2 == 0, #name);
#define VMCS_ASSERT_64(name, encoding)                                                             \
    _Static_assert(VMCS_WIDTH(encoding) == 1 && (encoding) % 2 == 0, #name);
#define VMCS_ASSERT_32(name, encoding)                                                             \
    _Static_assert(VMCS_WIDTH(encoding) == 2 && (encoding) % 2 == 0, #name);
#define VMCS_ASSERT_NATURAL(name, encoding)                                                        \
    _Static_assert(VMCS_WIDTH(encoding) == 3 && (encoding) % 2 == 0, #name);
VMCS_FIELDS_16(VMCS_ASSERT_16)
VMCS_FIELDS_32(VMCS_ASSERT_32)
VMCS_FIELDS_64(VMCS_ASSERT_64)
VMCS_FIELDS_NATURAL(VMCS_ASSERT_NATURAL)

/* Returns a field's name, such as "GUEST_RIP", or "?" for an encoding that no list has. */
const char *vmcs_field_name(uint32_t encoding);

/* Panics: the CPU refused an access to the field. */
_Noreturn void vmcs_failed(uint32_t encoding);

#endif
