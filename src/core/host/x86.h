/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Architectural registers: numbers and bits of control registers, EFER, flags and MSRs. (Intel SDM
 * Vol. 3A, "System Architecture Overview"; Vol. 4, "Model-Specific Registers (MSRs)"; AMD APM Vol.
 * 2) There are only names here, so that pure code can use them in host tests. The instructions are
 * in x86_insn.h.
 */
#ifndef CORE_HOST_X86_H
#define CORE_HOST_X86_H

#include <lapwing/types.h>

#define CR0_PE BIT(0)
#define CR0_ET BIT(4)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_AM BIT(18)
#define CR0_NW BIT(29)
#define CR0_CD BIT(30)
#define CR0_PG BIT(31)

#define CR4_PAE     BIT(5)
#define CR4_LA57    BIT(12)
#define CR4_VMXE    BIT(13)
#define CR4_PCIDE   BIT(17)
#define CR4_OSXSAVE BIT(18)
#define CR4_SMAP    BIT(21)
#define CR4_PKE     BIT(22)

/* IA32_MISC_ENABLE */
#define MISC_ENABLE_NO_STORES  GENMASK(12, 11) /* BTS and PEBS are unavailable */
#define MISC_ENABLE_XD_DISABLE BIT(34)

#define EFER_SCE   BIT(0)
#define EFER_LME   BIT(8)
#define EFER_LMA   BIT(10)
#define EFER_NXE   BIT(11)
#define EFER_SVME  BIT(12)
#define EFER_LMSLE BIT(13)
#define EFER_FFXSR BIT(14)
#define EFER_TCE   BIT(15)

#define RFLAGS_CF        BIT(0)
#define RFLAGS_RESERVED1 BIT(1)
#define RFLAGS_TF        BIT(8)
#define RFLAGS_IF        BIT(9)
#define RFLAGS_DF        BIT(10)
#define RFLAGS_RF        BIT(16)
#define RFLAGS_VM        BIT(17)
#define RFLAGS_AC        BIT(18)

#define DR6_RESET   0xFFFF0FF0U
#define DR6_BS      BIT(14)
#define DR7_RESET   0x400U
#define DR7_ENABLED GENMASK(7, 0) /* L0, G0 ... L3, G3 */
#define DR7_GD      BIT(13)

enum msr_index {
    MSR_UCODE_UPDATE = 0x79,
    MSR_FEATURE_CONTROL = 0x3A,
    MSR_ARCH_CAPABILITIES = 0x10A,
    MSR_DEBUGCTL = 0x1D9,
    MSR_MISC_ENABLE = 0x1A0,
    MSR_XSS = 0xDA0,
    MSR_PAT = 0x277,
    MSR_EFER = 0xC0000080,
    MSR_FS_BASE = 0xC0000100,
    MSR_GS_BASE = 0xC0000101,
    MSR_SYSCFG = 0xC0010010,
    MSR_IORR_FIRST = 0xC0010016, /* I/O range registers: base and mask, twice */
    MSR_IORR_LAST = 0xC0010019,
    MSR_TOP_MEM = 0xC001001A,
    MSR_TOP_MEM2 = 0xC001001D,
    MSR_PATCH_LOADER = 0xC0010020,
    MSR_MMIO_CONFIG = 0xC0010058,
    MSR_SMM_FIRST = 0xC0010111, /* SMM_BASE, SMM_ADDR, SMM_MASK */
    MSR_SMM_LAST = 0xC0010113,
    MSR_VM_CR = 0xC0010114,
    MSR_SMM_CTL = 0xC0010116,
    MSR_VM_HSAVE_PA = 0xC0010117,
};

#define DEBUGCTL_LBR BIT(0)
#define DEBUGCTL_BTF BIT(1)
/* While a counter's interrupt waits, or SMM runs, counters and branch records stand still. */
#define DEBUGCTL_FREEZE (GENMASK(12, 11) | BIT(14))

#define VM_CR_R_INIT   BIT(1)
#define VM_CR_DIS_A20M BIT(2)
#define VM_CR_LOCK     BIT(3)
#define VM_CR_SVMDIS   BIT(4)

/* Exception vectors ("Interrupt and Exception Handling"). */
enum vector {
    VEC_DE = 0,
    VEC_DB = 1,
    VEC_NMI = 2,
    VEC_UD = 6,
    VEC_DF = 8,
    VEC_TS = 10,
    VEC_NP = 11,
    VEC_SS = 12,
    VEC_GP = 13,
    VEC_PF = 14,
    VEC_AC = 17,
    VEC_CP = 21,
    VEC_SX = 30,
};

/* Vectors that push an error code. */
#define VEC_HAS_ERROR                                                                              \
    (BIT32(VEC_DF) | BIT32(VEC_TS) | BIT32(VEC_NP) | BIT32(VEC_SS) | BIT32(VEC_GP) |               \
     BIT32(VEC_PF) | BIT32(VEC_AC) | BIT32(VEC_CP) | BIT32(VEC_SX))

/* Bits of a page fault's error code. */
#define PF_ERROR_PRESENT  BIT32(0) /* the page is there, and forbids the access */
#define PF_ERROR_WRITE    BIT32(1)
#define PF_ERROR_USER     BIT32(2)
#define PF_ERROR_RESERVED BIT32(3)

struct cpuid_regs {
    uint32_t eax, ebx, ecx, edx;
};

/* General-purpose registers in instruction-encoding order. */
enum gpr {
    GPR_RAX,
    GPR_RCX,
    GPR_RDX,
    GPR_RBX,
    GPR_RSP,
    GPR_RBP,
    GPR_RSI,
    GPR_RDI,
    GPR_R8,
    GPR_COUNT = 16,
};

/*
 * Breakpoints of `hits` (DR6.B0 to B3) that DR7 has switched on: hardware also reports matches that
 * are not. (Intel SDM Vol. 3, "Debug Status Register (DR6)"; AMD APM Vol. 2, the same)
 */
static inline uint64_t enabled_breakpoints(uint64_t hits, uint64_t dr7)
{
    uint64_t enabled = 0;

    for (unsigned i = 0; i < 4; i++) {
        if ((hits & BIT(i)) && (dr7 & (UINT64_C(3) << (2 * i))))
            enabled |= BIT(i);
    }
    return enabled;
}

#endif
