/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual machine control block (AMD APM Vol. 2, appendix "Layout of VMCB") and its numbers.
 * Offsets are asserted after every reserved gap.
 */
#ifndef CORE_SVM_VMCB_H
#define CORE_SVM_VMCB_H

#include <lapwing/types.h>

/* Control area, 000h: */
#define SVM_INTERCEPT_CR8 ((uint16_t)BIT32(8)) /* of reads, or of writes */
/* 00Ch: */
#define SVM_INTERCEPT_INTR     BIT32(0)
#define SVM_INTERCEPT_NMI      BIT32(1)
#define SVM_INTERCEPT_SMI      BIT32(2)
#define SVM_INTERCEPT_INIT     BIT32(3)
#define SVM_INTERCEPT_PUSHF    BIT32(16)
#define SVM_INTERCEPT_POPF     BIT32(17)
#define SVM_INTERCEPT_CPUID    BIT32(18)
#define SVM_INTERCEPT_IRET     BIT32(20)
#define SVM_INTERCEPT_SWINT    BIT32(21)
#define SVM_INTERCEPT_INVD     BIT32(22)
#define SVM_INTERCEPT_HLT      BIT32(24)
#define SVM_INTERCEPT_INVLPGA  BIT32(26)
#define SVM_INTERCEPT_IOIO     BIT32(27)
#define SVM_INTERCEPT_MSR      BIT32(28)
#define SVM_INTERCEPT_SHUTDOWN BIT32(31)
/* 010h: */
#define SVM_INTERCEPT_VMRUN   BIT32(0)
#define SVM_INTERCEPT_VMMCALL BIT32(1)
#define SVM_INTERCEPT_VMLOAD  BIT32(2)
#define SVM_INTERCEPT_VMSAVE  BIT32(3)
#define SVM_INTERCEPT_STGI    BIT32(4)
#define SVM_INTERCEPT_CLGI    BIT32(5)
#define SVM_INTERCEPT_SKINIT  BIT32(6)
#define SVM_INTERCEPT_MWAIT   (BIT32(11) | BIT32(12)) /* always, and if the monitor is armed */

/* 058h TLB_CONTROL */
enum { SVM_TLB_KEEP = 0, SVM_TLB_FLUSH_ALL = 1, SVM_TLB_FLUSH_ASID = 3 };

/* 060h */
#define SVM_V_INTR_MASKING BIT(24)
/* 068h */
#define SVM_INTERRUPT_SHADOW BIT(0)
/* 090h */
#define SVM_NP_ENABLE BIT(0)

/* 0A8h EVENTINJ, 088h EXITINTINFO */
#define SVM_EVENT_VECTOR         GENMASK(7, 0)
#define SVM_EVENT_TYPE           GENMASK(10, 8)
#define SVM_EVENT_TYPE_INTR      (UINT64_C(0) << 8)
#define SVM_EVENT_TYPE_NMI       (UINT64_C(2) << 8)
#define SVM_EVENT_TYPE_EXCEPTION (UINT64_C(3) << 8)
#define SVM_EVENT_TYPE_SWINT     (UINT64_C(4) << 8)
#define SVM_EVENT_ERROR_VALID    BIT(11)
#define SVM_EVENT_VALID          BIT(31)

/* 0C0h: the VMCB clean bits stay 0, so that the CPU reloads everything. */

enum svm_exitcode {
    SVM_EXIT_READ_CR8 = 0x08,
    SVM_EXIT_WRITE_CR8 = 0x18,
    SVM_EXIT_EXCP_BASE = 0x40,
    SVM_EXIT_EXCP_LAST = 0x5F,
    SVM_EXIT_INTR = 0x60,
    SVM_EXIT_NMI = 0x61,
    SVM_EXIT_INIT = 0x63,
    SVM_EXIT_PUSHF = 0x70,
    SVM_EXIT_POPF = 0x71,
    SVM_EXIT_CPUID = 0x72,
    SVM_EXIT_IRET = 0x74,
    SVM_EXIT_SWINT = 0x75,
    SVM_EXIT_INVD = 0x76,
    SVM_EXIT_HLT = 0x78,
    SVM_EXIT_INVLPGA = 0x7A,
    SVM_EXIT_IOIO = 0x7B,
    SVM_EXIT_MSR = 0x7C,
    SVM_EXIT_SHUTDOWN = 0x7F,
    SVM_EXIT_VMRUN = 0x80,
    SVM_EXIT_VMMCALL = 0x81,
    SVM_EXIT_VMLOAD = 0x82,
    SVM_EXIT_VMSAVE = 0x83,
    SVM_EXIT_STGI = 0x84,
    SVM_EXIT_CLGI = 0x85,
    SVM_EXIT_SKINIT = 0x86,
    SVM_EXIT_MWAIT = 0x8B,
    SVM_EXIT_MWAIT_ARMED = 0x8C,
    SVM_EXIT_NPF = 0x400,
};
#define SVM_EXIT_INVALID    (~UINT64_C(0))
#define SVM_EXIT_INVALID_32 UINT64_C(0xFFFFFFFF) /* QEMU TCG's form of SVM_EXIT_INVALID */

/* EXITINFO1 of a nested page fault */
#define SVM_NPF_WRITE BIT(1)
#define SVM_NPF_FETCH BIT(4)
#define SVM_NPF_WALK  BIT(33)

/* EXITINFO1 of SVM_EXIT_IOIO. EXITINFO2 is the RIP of the next instruction. */
#define SVM_IOIO_IN          BIT(0)
#define SVM_IOIO_STRING      BIT(2)
#define SVM_IOIO_REP         BIT(3)
#define SVM_IOIO_WIDTH_SHIFT 4 /* three bits, for 1, 2 and 4 bytes */
#define SVM_IOIO_WIDTH       GENMASK(6, 4)
#define SVM_IOIO_PORT_SHIFT  16

/* Segment attributes: descriptor bits 55:52 and 47:40, packed into 12 bits. */
#define SVM_SEG_TYPE    0xFU
#define SVM_SEG_PRESENT BIT32(7)
#define SVM_SEG_LONG    BIT32(9)
#define SVM_SEG_DB      BIT32(10)

struct vmcb_seg {
    uint16_t selector;
    uint16_t attrib;
    uint32_t limit;
    uint64_t base;
};

struct vmcb {
    /* control area */
    uint16_t intercept_cr_read, intercept_cr_write;
    uint16_t intercept_dr_read, intercept_dr_write;
    uint32_t intercept_exceptions;
    uint32_t intercept_misc1, intercept_misc2;
    uint8_t reserved_014[0x40 - 0x14];
    uint64_t iopm_base_pa, msrpm_base_pa, tsc_offset;
    uint32_t asid;
    uint8_t tlb_control, reserved_05d[3];
    uint64_t v_intr;
    uint64_t interrupt_shadow;
    uint64_t exitcode, exitinfo1, exitinfo2, exitintinfo;
    uint64_t np_control;
    uint8_t reserved_098[0xA8 - 0x98];
    uint64_t eventinj;
    uint64_t n_cr3;
    uint64_t lbr_control;
    uint64_t clean_bits;
    uint64_t nrip;
    uint8_t fetched_bytes, instruction_bytes[15];
    uint8_t reserved_0e0[0x400 - 0xE0];
    /* state save area */
    struct vmcb_seg es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved_4a0[0x4CB - 0x4A0];
    uint8_t cpl;
    uint32_t reserved_4cc;
    uint64_t efer;
    uint8_t reserved_4d8[0x548 - 0x4D8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved_580[0x5D8 - 0x580];
    uint64_t rsp, s_cet, ssp, isst_addr;
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved_648[0x668 - 0x648];
    uint64_t g_pat, dbgctl;
    uint8_t reserved_678[0x1000 - 0x678];
};

_Static_assert(sizeof(struct vmcb) == 4096, "VMCB is one page");
_Static_assert(offsetof(struct vmcb, iopm_base_pa) == 0x40, "VMCB layout");
_Static_assert(offsetof(struct vmcb, v_intr) == 0x60, "VMCB layout");
_Static_assert(offsetof(struct vmcb, exitcode) == 0x70, "VMCB layout");
_Static_assert(offsetof(struct vmcb, np_control) == 0x90, "VMCB layout");
_Static_assert(offsetof(struct vmcb, eventinj) == 0xA8, "VMCB layout");
_Static_assert(offsetof(struct vmcb, nrip) == 0xC8, "VMCB layout");
_Static_assert(offsetof(struct vmcb, es) == 0x400, "VMCB layout");
_Static_assert(offsetof(struct vmcb, tr) == 0x490, "VMCB layout");
_Static_assert(offsetof(struct vmcb, cpl) == 0x4CB, "VMCB layout");
_Static_assert(offsetof(struct vmcb, efer) == 0x4D0, "VMCB layout");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "VMCB layout");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "VMCB layout");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5D8, "VMCB layout");
_Static_assert(offsetof(struct vmcb, rax) == 0x5F8, "VMCB layout");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "VMCB layout");
_Static_assert(offsetof(struct vmcb, g_pat) == 0x668, "VMCB layout");

#endif
