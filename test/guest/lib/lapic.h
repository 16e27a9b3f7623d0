/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calling CPU's LAPIC in its present mode: registers by their offset in the xAPIC page, and
 * IPIs.
 */
#ifndef GUEST_LIB_LAPIC_H
#define GUEST_LIB_LAPIC_H

#include <lapwing/types.h>

#define LAPIC_BASE UINT64_C(0xFEE00000)

enum lapic_reg {
    LAPIC_ID = 0x20,
    LAPIC_VERSION = 0x30,
    LAPIC_TPR = 0x80,
    LAPIC_APR = 0x90,
    LAPIC_PPR = 0xA0,
    LAPIC_EOI = 0xB0,
    LAPIC_RRD = 0xC0,
    LAPIC_LDR = 0xD0,
    LAPIC_DFR = 0xE0,
    LAPIC_SVR = 0xF0,
    LAPIC_ISR = 0x100,
    LAPIC_TMR = 0x180,
    LAPIC_IRR = 0x200,
    LAPIC_ESR = 0x280,
    LAPIC_LVT_CMCI = 0x2F0,
    LAPIC_ICR = 0x300,
    LAPIC_ICR2 = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_THERMAL = 0x330,
    LAPIC_LVT_PMC = 0x340,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3E0,
    LAPIC_SELF_IPI = 0x3F0,         /* x2APIC mode only */
    LAPIC_EXTENDED_CONTROL = 0x410, /* AMD; so is the next */
    LAPIC_IER = 0x480,
};

#define LAPIC_SVR_ENABLE     BIT32(8)
#define LAPIC_LVT_MASKED     BIT32(16)
#define LAPIC_TIMER_PERIODIC BIT32(17)
#define LAPIC_TIMER_DEADLINE BIT32(18)
#define LAPIC_TIMER_DIV_1    0xB

/* ICR, low half. */
#define ICR_FIXED      0x000u
#define ICR_LOWEST     0x100u
#define ICR_SMI        0x200u
#define ICR_NMI        0x400u
#define ICR_INIT       0x500u
#define ICR_SIPI       0x600u
#define ICR_LOGICAL    BIT32(11)
#define ICR_PENDING    BIT32(12)
#define ICR_ASSERT     BIT32(14)
#define ICR_LEVEL      BIT32(15)
#define ICR_SELF       (1u << 18)
#define ICR_ALL        (2u << 18)
#define ICR_ALL_BUT_ME (3u << 18)

uint32_t lapic_read(enum lapic_reg reg);
void lapic_write(enum lapic_reg reg, uint32_t value);
/* Reads a vector's bit of ISR, TMR or IRR. */
bool lapic_bit(enum lapic_reg block, unsigned vector);
void lapic_eoi(void);
uint32_t lapic_id(void);

/* Enables the LAPIC in SVR. LVT entries stay. */
void lapic_enable(void);

/*
 * Writes the ICR and waits for delivery, with a limit. `dest` is an ID or a logical ID of the mode.
 */
void lapic_ipi(uint32_t low, uint32_t dest);

bool lapic_has_x2apic(void);
/* Is the LAPIC locked in x2APIC mode (IA32_XAPIC_DISABLE_STATUS)? */
bool lapic_is_locked(void);
/* Switches the calling CPU from xAPIC to x2APIC mode. The way back passes through "disabled". */
void lapic_enter_x2apic(void);

/* All LVT entries that a LAPIC can have. */
#define LAPIC_LVTS 7
extern const enum lapic_reg lapic_lvts[LAPIC_LVTS];

/* What cases compare after INIT. */
struct lapic_state {
    uint64_t apic_base;
    uint32_t id, tpr, ldr, dfr, svr;
    uint32_t lvt[LAPIC_LVTS]; /* as lapic_lvts[]; an absent entry is masked */
    uint32_t timer_initial, timer_divide;
    uint32_t irr[8], isr[8], tmr[8];
    uint32_t ppr, icr, icr2, timer_current;
};

void lapic_capture(struct lapic_state *state);

#endif
