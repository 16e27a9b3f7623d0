/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMX's numbers: capability MSRs, control bits, exit reasons, and words of the VMCS (Intel SDM Vol.
 * 3C, "Virtual Machine Control Structures"; Vol. 3D, appendices "VMX Basic Exit Reasons" and "VMX
 * Capability Reporting Facility").
 */
#ifndef CORE_VMX_VMX_REGS_H
#define CORE_VMX_VMX_REGS_H

#include <lapwing/types.h>

enum vmx_msr {
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176,
    MSR_MTRR_CAP = 0xFE,
    MSR_MTRR_PHYS_FIRST = 0x200,
    MSR_MTRR_FIX64K = 0x250,
    MSR_MTRR_FIX16K_80000 = 0x258,
    MSR_MTRR_FIX16K_A0000 = 0x259,
    MSR_MTRR_FIX4K_FIRST = 0x268,
    MSR_MTRR_FIX4K_LAST = 0x26F,
    MSR_MTRR_DEF_TYPE = 0x2FF,
    MSR_PERF_CAPABILITIES = 0x345,
    MSR_VMX_BASIC = 0x480,
    MSR_VMX_PIN = 0x481,
    MSR_VMX_PRIMARY = 0x482,
    MSR_VMX_EXIT = 0x483,
    MSR_VMX_ENTRY = 0x484,
    MSR_VMX_CR0_FIXED0 = 0x486,
    MSR_VMX_CR0_FIXED1 = 0x487,
    MSR_VMX_CR4_FIXED0 = 0x488,
    MSR_VMX_CR4_FIXED1 = 0x489,
    MSR_VMX_SECONDARY = 0x48B,
    MSR_VMX_EPT_VPID = 0x48C,
    MSR_VMX_TRUE_PIN = 0x48D,
    MSR_VMX_TRUE_PRIMARY = 0x48E,
    MSR_VMX_TRUE_EXIT = 0x48F,
    MSR_VMX_TRUE_ENTRY = 0x490,
    MSR_VMX_TERTIARY = 0x492,
};

#define FEATURE_CONTROL_LOCK BIT(0)
#define FEATURE_CONTROL_VMX  BIT(2)
#define FEATURE_CONTROL_LMCE BIT(20) /* machine checks of one CPU only */

/* IA32_PERF_CAPABILITIES */
#define PERF_CAP_FREEZE     BIT(12) /* DEBUGCTL's bit for SMM */
#define PERF_CAP_FULL_WIDTH BIT(13)
#define PERF_CAP_METRICS    BIT(15)

#define VMX_BASIC_REVISION GENMASK(30, 0)
#define VMX_BASIC_TRUE     BIT(55) /* the MSR_VMX_TRUE_* MSRs exist */

#define EPT_CAP_4_LEVELS      BIT(6)
#define EPT_CAP_WB            BIT(14)
#define EPT_CAP_2M            BIT(16)
#define EPT_CAP_1G            BIT(17)
#define EPT_CAP_INVEPT        BIT(20)
#define EPT_CAP_INVEPT_SINGLE BIT(25)
#define EPT_CAP_INVEPT_ALL    BIT(26)
#define VPID_CAP_INVVPID      BIT(32)
#define VPID_CAP_SINGLE       BIT(41)

#define EPTP_WB       UINT64_C(6)
#define EPTP_4_LEVELS (UINT64_C(3) << 3)

#define PIN_EXTERNAL_INTERRUPT_EXITING BIT32(0)
#define PIN_NMI_EXITING                BIT32(3)
#define PIN_VIRTUAL_NMIS               BIT32(5)
#define PIN_PROCESS_POSTED             BIT32(7)

#define PRIMARY_INTERRUPT_WINDOW  BIT32(2)
#define PRIMARY_HLT_EXITING       BIT32(7)
#define PRIMARY_INVLPG_EXITING    BIT32(9)
#define PRIMARY_CR3_LOAD_EXITING  BIT32(15)
#define PRIMARY_CR3_STORE_EXITING BIT32(16)
#define PRIMARY_CR8_LOAD_EXITING  BIT32(19)
#define PRIMARY_CR8_STORE_EXITING BIT32(20)
#define PRIMARY_TERTIARY          BIT32(17)
#define PRIMARY_TPR_SHADOW        BIT32(21)
#define PRIMARY_NMI_WINDOW        BIT32(22)
#define PRIMARY_IO_BITMAPS        BIT32(25)
#define PRIMARY_MTF               BIT32(27)
#define PRIMARY_MSR_BITMAPS       BIT32(28)
#define PRIMARY_SECONDARY         BIT32(31)

#define SECONDARY_APIC_ACCESSES      BIT32(0)
#define SECONDARY_VIRTUAL_X2APIC     BIT32(4)
#define SECONDARY_APIC_REGISTERS     BIT32(8)
#define SECONDARY_INTERRUPT_DELIVERY BIT32(9)

#define SECONDARY_EPT          BIT32(1)
#define SECONDARY_RDTSCP       BIT32(3)
#define SECONDARY_VPID         BIT32(5)
#define SECONDARY_UNRESTRICTED BIT32(7)
#define SECONDARY_INVPCID      BIT32(12)
#define SECONDARY_XSAVES       BIT32(20)
#define SECONDARY_USER_WAIT    BIT32(26)

#define EXITC_SAVE_DEBUG  BIT32(2)
#define EXITC_HOST_64     BIT32(9)
#define EXITC_ACKNOWLEDGE BIT32(15)
#define EXITC_SAVE_PAT    BIT32(18)
#define EXITC_LOAD_PAT    BIT32(19)
#define EXITC_SAVE_EFER   BIT32(20)
#define EXITC_LOAD_EFER   BIT32(21)

#define ENTRYC_LOAD_DEBUG BIT32(2)
#define ENTRYC_IA32E      BIT32(9)
#define ENTRYC_LOAD_PAT   BIT32(14)
#define ENTRYC_LOAD_EFER  BIT32(15)

enum vmx_exit_reason {
    VMX_EXIT_EXCEPTION_NMI = 0,
    VMX_EXIT_EXTERNAL_INTERRUPT = 1,
    VMX_EXIT_TRIPLE_FAULT = 2,
    VMX_EXIT_INIT = 3,
    VMX_EXIT_SIPI = 4,
    VMX_EXIT_INTERRUPT_WINDOW = 7,
    VMX_EXIT_NMI_WINDOW = 8,
    VMX_EXIT_TASK_SWITCH = 9,
    VMX_EXIT_CPUID = 10,
    VMX_EXIT_GETSEC = 11,
    VMX_EXIT_INVD = 13,
    VMX_EXIT_VMCALL = 18,
    VMX_EXIT_VMCLEAR = 19,
    VMX_EXIT_VMLAUNCH = 20,
    VMX_EXIT_VMPTRLD = 21,
    VMX_EXIT_VMPTRST = 22,
    VMX_EXIT_VMREAD = 23,
    VMX_EXIT_VMRESUME = 24,
    VMX_EXIT_VMWRITE = 25,
    VMX_EXIT_VMXOFF = 26,
    VMX_EXIT_VMXON = 27,
    VMX_EXIT_CR_ACCESS = 28,
    VMX_EXIT_IO = 30,
    VMX_EXIT_RDMSR = 31,
    VMX_EXIT_WRMSR = 32,
    VMX_EXIT_BAD_GUEST_STATE = 33,
    VMX_EXIT_BAD_MSR_LOAD = 34,
    VMX_EXIT_MTF = 37,
    VMX_EXIT_BAD_MACHINE_CHECK = 41,
    VMX_EXIT_TPR_BELOW_THRESHOLD = 43,
    VMX_EXIT_APIC_ACCESS = 44,
    VMX_EXIT_EOI = 45,
    VMX_EXIT_EPT_VIOLATION = 48,
    VMX_EXIT_EPT_MISCONFIGURATION = 49,
    VMX_EXIT_INVEPT = 50,
    VMX_EXIT_INVVPID = 53,
    VMX_EXIT_XSETBV = 55,
    VMX_EXIT_APIC_WRITE = 56,
    VMX_EXIT_VMFUNC = 59,
};
#define VMX_EXIT_REASON_BASIC GENMASK(15, 0)
#define VMX_EXIT_ENTRY_FAILED BIT32(31)

/* Tertiary controls */
#define TERTIARY_IPI BIT(4)

/* Exit qualifications */
#define EPT_QUAL_READ          BIT(0)
#define EPT_QUAL_WRITE         BIT(1)
#define EPT_QUAL_FETCH         BIT(2)
#define EPT_QUAL_LINEAR_VALID  BIT(7)
#define EPT_QUAL_TRANSLATED    BIT(8) /* else the access was to a paging-structure entry */
#define EPT_QUAL_NMI_UNBLOCKED BIT(12)
#define CR_QUAL_NUMBER         GENMASK(3, 0)
#define CR_QUAL_TYPE           GENMASK(5, 4) /* 0: MOV to CR */
#define CR_QUAL_GPR_SHIFT      8
#define APIC_QUAL_OFFSET       GENMASK(11, 0)
#define APIC_QUAL_TYPE         GENMASK(15, 12)
#define APIC_QUAL_READ         (UINT64_C(0) << 12)
#define APIC_QUAL_WRITE        (UINT64_C(1) << 12)
#define APIC_QUAL_FETCH        (UINT64_C(2) << 12)
#define IO_QUAL_SIZE           GENMASK(2, 0) /* bytes minus 1 */
#define IO_QUAL_IN             BIT(3)
#define IO_QUAL_STRING         BIT(4)
#define IO_QUAL_REP            BIT(5)
#define IO_QUAL_PORT_SHIFT     16
#define DB_QUAL_HITS           GENMASK(3, 0)
#define DB_QUAL_BD             BIT(13)
#define DB_QUAL_BS             BIT(14)

/* The events in the entry, exit and IDT-vectoring information. */
#define VMX_EVENT_VECTOR         GENMASK(7, 0)
#define VMX_EVENT_TYPE           (UINT32_C(7) << 8)
#define VMX_EVENT_EXTERNAL       (UINT32_C(0) << 8)
#define VMX_EVENT_NMI            (UINT32_C(2) << 8)
#define VMX_EVENT_EXCEPTION      (UINT32_C(3) << 8)
#define VMX_EVENT_SOFT_INTERRUPT (UINT32_C(4) << 8)
#define VMX_EVENT_INT1           (UINT32_C(5) << 8)
#define VMX_EVENT_SOFT_EXCEPTION (UINT32_C(6) << 8)
#define VMX_EVENT_ERROR          BIT32(11)
#define VMX_EVENT_NMI_UNBLOCKED  BIT32(12) /* exit information only */
#define VMX_EVENT_VALID          BIT32(31)

#define INTERRUPTIBILITY_STI    BIT32(0)
#define INTERRUPTIBILITY_MOV_SS BIT32(1)
#define INTERRUPTIBILITY_SHADOW (INTERRUPTIBILITY_STI | INTERRUPTIBILITY_MOV_SS)
#define INTERRUPTIBILITY_NMI    BIT32(3)

#define ACTIVITY_ACTIVE 0
#define ACTIVITY_HLT    1

/* Pending debug exceptions: DR6's bits, and this one */
#define PENDING_DEBUG_ENABLED BIT(12) /* an enabled breakpoint was met */

/* Access rights of a segment */
#define RIGHTS_TYPE      0xFU
#define RIGHTS_DPL_SHIFT 5
#define RIGHTS_PRESENT   BIT32(7)
#define RIGHTS_LONG      BIT32(13)
#define RIGHTS_DB        BIT32(14)
#define RIGHTS_UNUSABLE  BIT32(16)

#endif
