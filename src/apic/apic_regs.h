/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of the local APIC: offsets, bits, and which register may be read or written in
 * which mode. Pure: constants and functions without state. What the ICR, IA32_APIC_BASE and
 * destinations mean is in icr.h, apic_base.h and dest.h.
 *
 * Source: Intel SDM Vol. 3A, "Local APIC Register Address Map" and "x2APIC Register Address Space".
 * The access tables end before 400H, where AMD's extended registers begin.
 */
#ifndef APIC_APIC_REGS_H
#define APIC_APIC_REGS_H

#include <lapwing/types.h>

/*
 * Offsets in the xAPIC page, in bytes. The MSR in x2APIC mode: APIC_MSR_X2APIC_FIRST + offset / 16.
 */
enum apic_reg {
    APIC_REG_ID = 0x020,
    APIC_REG_VERSION = 0x030,
    APIC_REG_TPR = 0x080,
    APIC_REG_APR = 0x090, /* arbitration priority; xAPIC mode only */
    APIC_REG_PPR = 0x0a0,
    APIC_REG_EOI = 0x0b0,
    APIC_REG_RRD = 0x0c0, /* remote read; xAPIC mode only */
    APIC_REG_LDR = 0x0d0,
    APIC_REG_DFR = 0x0e0, /* xAPIC mode only */
    APIC_REG_SVR = 0x0f0,
    APIC_REG_ISR = 0x100,      /* 8 registers of 32 vectors */
    APIC_REG_TMR = 0x180,      /* 8 registers of 32 vectors */
    APIC_REG_IRR = 0x200,      /* 8 registers of 32 vectors */
    APIC_REG_IRR_LAST = 0x270, /* the end of ISR, TMR and IRR, which adjoin */
    APIC_REG_ESR = 0x280,
    APIC_REG_LVT_CMCI = 0x2f0,
    APIC_REG_ICR_LO = 0x300, /* all 64 bits of the ICR in x2APIC mode */
    APIC_REG_ICR_HI = 0x310, /* xAPIC mode only */
    APIC_REG_LVT_TIMER = 0x320,
    APIC_REG_LVT_THERMAL = 0x330,
    APIC_REG_LVT_PERF = 0x340,
    APIC_REG_LVT_LINT0 = 0x350,
    APIC_REG_LVT_LINT1 = 0x360,
    APIC_REG_LVT_ERROR = 0x370,
    APIC_REG_TIMER_INITIAL = 0x380,
    APIC_REG_TIMER_CURRENT = 0x390,
    APIC_REG_TIMER_DIVIDE = 0x3e0,
    APIC_REG_SELF_IPI = 0x3f0, /* x2APIC mode only */

    /* AMD's extended registers exist if the version register has APIC_VERSION_EXT_SPACE. */
    APIC_REG_EXT_FEATURE = 0x400,
    APIC_REG_EXT_CONTROL = 0x410,
    APIC_REG_EXT_IER = 0x480,
    APIC_REG_EXT_LVT = 0x500,
    APIC_REG_EXT_LAST = 0x530,
};

#define APIC_REG_STRIDE 16u /* bytes from one register to the next; only the first 4 are used */

enum apic_msr {
    APIC_MSR_BASE = 0x01b,                 /* IA32_APIC_BASE */
    APIC_MSR_XAPIC_DISABLE_STATUS = 0x0bd, /* exists if IA32_ARCH_CAPABILITIES says so */
    APIC_MSR_TSC_DEADLINE = 0x6e0,
    APIC_MSR_X2APIC_FIRST = 0x800,
    APIC_MSR_X2APIC_LVT_CMCI = 0x82f,
    APIC_MSR_X2APIC_ICR = 0x830,
    APIC_MSR_X2APIC_LVT_THERMAL = 0x833,
    APIC_MSR_X2APIC_LVT_LINT1 = 0x836,
    APIC_MSR_X2APIC_EXT_LVT_FIRST = 0x850, /* AMD's */
    APIC_MSR_X2APIC_EXT_LVT_LAST = 0x853,
    APIC_MSR_X2APIC_SELF_IPI = 0x83f,
    APIC_MSR_X2APIC_LAST = 0x8ff, /* the end of the x2APIC's range, most of it reserved */
};

/* IA32_APIC_BASE */
#define APIC_BASE_BSP  BIT(8)
#define APIC_BASE_EXTD BIT(10) /* x2APIC mode */
#define APIC_BASE_EN   BIT(11)
#define APIC_BASE_PA   UINT64_C(0xfee00000) /* where the xAPIC page is and stays */

/* CPUID.7:EDX, IA32_ARCH_CAPABILITIES and IA32_XAPIC_DISABLE_STATUS: is x2APIC mode locked? */
#define APIC_LEAF7_EDX_ARCH_CAP     BIT32(29)
#define APIC_ARCH_CAP_XAPIC_DISABLE BIT(21)
#define APIC_XAPIC_DISABLED         BIT(0)

/* ID and LDR in xAPIC mode: 8 bits */
#define APIC_XAPIC_ID_SHIFT  24
#define APIC_XAPIC_LDR_SHIFT 24

/* ICR_HI: the destination. All other bits are reserved. */
#define APIC_ICR_HI_DEST UINT32_C(0xff000000)

/* Version */
#define APIC_VERSION_NUMBER        UINT32_C(0xff)
#define APIC_VERSION_MAX_LVT_SHIFT 16 /* 8 bits: number of LVT entries minus 1 */
#define APIC_VERSION_EOI_SUPPRESS  BIT32(24)
#define APIC_VERSION_EXT_SPACE     BIT32(31) /* AMD: registers from 400H on */

/* AMD's extended APIC feature register, and the bit of the same place in the control register */
#define APIC_EXT_HAS_IER    BIT32(0)
#define APIC_EXT_ENABLE_IER BIT32(0)
#define APIC_EXT_LVT_COUNT  UINT32_C(0xff0000)
#define APIC_EXT_LVT_SHIFT  16

/* DFR: the model is in bits 31:28. All other bits read as ones. */
#define APIC_DFR_MODEL_SHIFT 28
#define APIC_DFR_MODEL       UINT32_C(0xf0000000)
#define APIC_DFR_FLAT        UINT32_C(0xf0000000)
#define APIC_DFR_CLUSTER     UINT32_C(0x00000000)

/* SVR */
#define APIC_SVR_VECTOR       UINT32_C(0xff)
#define APIC_SVR_ENABLE       BIT32(8)
#define APIC_SVR_FOCUS        BIT32(9) /* 1: no focus processor checking */
#define APIC_SVR_EOI_SUPPRESS BIT32(12)

/*
 * The spurious vector of a LAPIC whose interrupts Lapwing takes. No interrupt of the LAPIC's can have
 * it, so none is mistaken for a spurious one, and Bochs leaves what has the spurious vector in
 * service, whatever EOIs come. It is not 15, which the PICs may have.
 */
#define APIC_SVR_OWN_VECTOR 7

/* ESR */
#define APIC_ESR_SEND_CHECKSUM          BIT32(0)
#define APIC_ESR_RECEIVE_CHECKSUM       BIT32(1)
#define APIC_ESR_SEND_ACCEPT            BIT32(2)
#define APIC_ESR_RECEIVE_ACCEPT         BIT32(3)
#define APIC_ESR_REDIRECTABLE_IPI       BIT32(4)
#define APIC_ESR_SEND_ILLEGAL_VECTOR    BIT32(5)
#define APIC_ESR_RECEIVE_ILLEGAL_VECTOR BIT32(6)
#define APIC_ESR_ILLEGAL_REGISTER       BIT32(7)

/* LVT entries. apic_reg_reserved() knows which entry has which bits. */
#define APIC_LVT_VECTOR     UINT32_C(0xff)
#define APIC_LVT_MODE       UINT32_C(0x700) /* delivery mode, coded as in the ICR */
#define APIC_LVT_BUSY       BIT32(12)       /* delivery status, read-only */
#define APIC_LVT_ACTIVE_LOW BIT32(13)
#define APIC_LVT_REMOTE_IRR BIT32(14) /* read-only */
#define APIC_LVT_LEVEL      BIT32(15)
#define APIC_LVT_MASKED     BIT32(16)

#define APIC_LVT_TIMER_MODE         UINT32_C(0x60000)
#define APIC_LVT_TIMER_ONE_SHOT     UINT32_C(0x00000)
#define APIC_LVT_TIMER_PERIODIC     UINT32_C(0x20000)
#define APIC_LVT_TIMER_TSC_DEADLINE UINT32_C(0x40000)

#define APIC_TIMER_DIVIDE UINT32_C(0xb) /* divide configuration: bits 3, 1 and 0 */

/*
 * `offset` in the functions below is an offset in the xAPIC page, in bytes, for both modes. An
 * offset that is not a multiple of 16 names no register.
 */

/*
 * Returns the value that the hardware's register gets when the guest writes `value`. An LVT entry
 * with delivery mode SMI is masked, for the reason given at icr_is_forwarded(). Any other value is
 * returned unchanged, whatever register `offset` names.
 */
uint32_t apic_lvt_for_hardware(unsigned offset, uint32_t value);

/*
 * May software read or write the register in that mode? A refused access raises #GP in x2APIC mode.
 * In xAPIC mode the manual does not define a refused access; hardware ignores writes to read-only
 * registers, and Linux relies on that. A processor may lack LVT entries that these functions know:
 * its version register tells.
 */
bool apic_reg_readable(unsigned offset, bool x2apic);
bool apic_reg_writable(unsigned offset, bool x2apic);

/*
 * Returns those of bits 31:0 that software must write as 0 (in DFR: as 1), or all bits if the
 * register is not writable. Read-only status bits are not among them. In xAPIC mode hardware
 * ignores what is written to reserved bits.
 */
uint32_t apic_reg_reserved(unsigned offset, bool x2apic);

/*
 * Returns those bits of `value` for which WRMSR in x2APIC mode raises #GP, or 0 if there are none.
 * The register must be writable: ask apic_reg_writable() first.
 */
uint64_t apic_reg_x2apic_reserved(unsigned offset, uint64_t value);

/*
 * Returns the register's value after power-up, which is also the value after INIT for all registers
 * but ID. ID and version depend on the CPU and are 0 here. LDR is 0 too; in x2APIC mode it is
 * x2apic_ldr(). Source: "Local APIC State After Power-Up or Reset", "Local APIC State After It
 * Receives an INIT Reset".
 */
uint32_t apic_reg_reset(unsigned offset);

/* Is there an extended register at `offset`? `features`: the first of them, which says so. */
bool apic_reg_is_extended(unsigned offset, uint32_t features);

/* Returns the register's MSR in x2APIC mode. */
uint32_t apic_reg_to_msr(unsigned offset);

/*
 * Sets *offset to the register of an x2APIC MSR. Returns false, *offset unchanged, for any other.
 */
bool apic_reg_from_msr(uint32_t msr, unsigned *offset);

#endif
