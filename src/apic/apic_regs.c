/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of the local APIC's registers; see apic_regs.h. Constant data, no lock. */
#include "apic/apic_regs.h"

#include "apic/icr.h"

/* Access rights: R and W in xAPIC mode, R2 and W2 in x2APIC mode. */
enum {
    R = 1,
    W = 2,
    R2 = 4,
    W2 = 8,
};

struct reg {
    uint8_t access;    /* access rights; 0: there is no such register */
    uint32_t writable; /* bits that software may write as 1, read-only status bits included */
    uint32_t reset;
};

#define REG_SPACE 0x400u /* bytes; AMD's extended registers follow */
#define ALL_BITS  UINT32_C(0xffffffff)
#define HIGH_BYTE UINT32_C(0xff000000)

#define LVT_BITS      (APIC_LVT_VECTOR | APIC_LVT_BUSY | APIC_LVT_MASKED)
#define LVT_MODE_BITS (LVT_BITS | APIC_LVT_MODE)
#define LVT_LINT_BITS (LVT_MODE_BITS | APIC_LVT_ACTIVE_LOW | APIC_LVT_REMOTE_IRR | APIC_LVT_LEVEL)
#define SVR_BITS      (APIC_SVR_VECTOR | APIC_SVR_ENABLE | APIC_SVR_FOCUS | APIC_SVR_EOI_SUPPRESS)

/* All of ICR_LO but the reserved bits 31:20, 17:16 and 13. */
#define ICR_LO_BITS UINT32_C(0x000cdfff)

#define EVERYWHERE (R | W | R2 | W2)

/* Indexed by offset / 16. */
static const struct reg regs[REG_SPACE / APIC_REG_STRIDE] = {
    [APIC_REG_ID >> 4] = {R | W | R2, HIGH_BYTE, 0},
    [APIC_REG_VERSION >> 4] = {R | R2, 0, 0},
    [APIC_REG_TPR >> 4] = {EVERYWHERE, 0xff, 0},
    [APIC_REG_APR >> 4] = {R, 0, 0},
    [APIC_REG_PPR >> 4] = {R | R2, 0, 0},
    [APIC_REG_EOI >> 4] = {W | W2, ALL_BITS, 0},
    [APIC_REG_RRD >> 4] = {R, 0, 0},
    [APIC_REG_LDR >> 4] = {R | W | R2, HIGH_BYTE, 0},
    [APIC_REG_DFR >> 4] = {R | W, APIC_DFR_MODEL, ALL_BITS},
    [APIC_REG_SVR >> 4] = {EVERYWHERE, SVR_BITS, 0xff},
    [APIC_REG_ISR >> 4] = {R | R2, 0, 0}, /* this entry stands for all of ISR, TMR and IRR */
    [APIC_REG_ESR >> 4] = {EVERYWHERE, 0xff, 0},
    [APIC_REG_LVT_CMCI >> 4] = {EVERYWHERE, LVT_MODE_BITS, APIC_LVT_MASKED},
    [APIC_REG_ICR_LO >> 4] = {EVERYWHERE, ICR_LO_BITS, 0},
    [APIC_REG_ICR_HI >> 4] = {R | W, HIGH_BYTE, 0},
    [APIC_REG_LVT_TIMER >> 4] = {EVERYWHERE, LVT_BITS | APIC_LVT_TIMER_MODE, APIC_LVT_MASKED},
    [APIC_REG_LVT_THERMAL >> 4] = {EVERYWHERE, LVT_MODE_BITS, APIC_LVT_MASKED},
    [APIC_REG_LVT_PERF >> 4] = {EVERYWHERE, LVT_MODE_BITS, APIC_LVT_MASKED},
    [APIC_REG_LVT_LINT0 >> 4] = {EVERYWHERE, LVT_LINT_BITS, APIC_LVT_MASKED},
    [APIC_REG_LVT_LINT1 >> 4] = {EVERYWHERE, LVT_LINT_BITS, APIC_LVT_MASKED},
    [APIC_REG_LVT_ERROR >> 4] = {EVERYWHERE, LVT_BITS, APIC_LVT_MASKED},
    [APIC_REG_TIMER_INITIAL >> 4] = {EVERYWHERE, ALL_BITS, 0},
    [APIC_REG_TIMER_CURRENT >> 4] = {R | R2, 0, 0},
    [APIC_REG_TIMER_DIVIDE >> 4] = {EVERYWHERE, APIC_TIMER_DIVIDE, 0},
    [APIC_REG_SELF_IPI >> 4] = {W2, 0xff, 0},
};

static const struct reg *lookup(unsigned offset)
{
    static const struct reg none;

    if (offset >= REG_SPACE || offset % APIC_REG_STRIDE != 0)
        return &none;
    if (offset >= APIC_REG_ISR && offset <= APIC_REG_IRR_LAST)
        offset = APIC_REG_ISR;
    return &regs[offset / APIC_REG_STRIDE];
}

bool apic_reg_readable(unsigned offset, bool x2apic)
{
    return (lookup(offset)->access & (x2apic ? R2 : R)) != 0;
}

bool apic_reg_writable(unsigned offset, bool x2apic)
{
    return (lookup(offset)->access & (x2apic ? W2 : W)) != 0;
}

uint32_t apic_reg_reserved(unsigned offset, bool x2apic)
{
    if (!apic_reg_writable(offset, x2apic))
        return ALL_BITS;
    /* EOI and ESR take any value in xAPIC mode and only 0 in x2APIC mode. */
    if (x2apic && (offset == APIC_REG_EOI || offset == APIC_REG_ESR))
        return ALL_BITS;
    return ~lookup(offset)->writable;
}

uint64_t apic_reg_x2apic_reserved(unsigned offset, uint64_t value)
{
    uint64_t reserved = apic_reg_reserved(offset, true);

    if (offset != APIC_REG_ICR_LO)
        reserved |= GENMASK(63, 32); /* only the ICR has an upper half */
    return value & reserved;
}

uint32_t apic_reg_reset(unsigned offset)
{
    return lookup(offset)->reset;
}

bool apic_reg_is_extended(unsigned offset, uint32_t features)
{
    unsigned lvts = (features & APIC_EXT_LVT_COUNT) >> APIC_EXT_LVT_SHIFT;

    if (offset >= APIC_REG_EXT_LVT)
        return offset < APIC_REG_EXT_LVT + lvts * APIC_REG_STRIDE;
    return offset <= APIC_REG_EXT_CONTROL ||
           (offset >= APIC_REG_EXT_IER && (features & APIC_EXT_HAS_IER));
}

uint32_t apic_reg_to_msr(unsigned offset)
{
    return (uint32_t)APIC_MSR_X2APIC_FIRST + offset / APIC_REG_STRIDE;
}

bool apic_reg_from_msr(uint32_t msr, unsigned *offset)
{
    if (msr < APIC_MSR_X2APIC_FIRST || msr > APIC_MSR_X2APIC_LAST)
        return false;
    *offset = (msr - APIC_MSR_X2APIC_FIRST) * APIC_REG_STRIDE;
    return true;
}

uint32_t apic_lvt_for_hardware(unsigned offset, uint32_t value)
{
    const bool has_mode = offset == APIC_REG_LVT_CMCI ||
                          (offset >= APIC_REG_LVT_THERMAL && offset <= APIC_REG_LVT_LINT1) ||
                          (offset >= APIC_REG_EXT_LVT && offset <= APIC_REG_EXT_LAST);

    if (has_mode && (value & APIC_LVT_MODE) == ICR_MODE_SMI << ICR_MODE_SHIFT)
        return value | APIC_LVT_MASKED;
    return value;
}
