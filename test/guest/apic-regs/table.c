/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of table.h. */
#include "apic-regs/table.h"

#include "apic-regs/cases.h"

#define RW   (REG_R | REG_W | REG_R2 | REG_W2)
#define RO   (REG_R | REG_R2 | REG_LIVE)
#define ONES UINT32_C(0xFFFFFFFF)
#define HIGH UINT32_C(0xFF000000)

#define STATUS     BIT32(12) /* delivery status */
#define REMOTE_IRR BIT32(14)
#define MASKED     UINT32_C(0x10000)

#define SLOT(reg)           [(reg) / 16]
#define LVT(name, keeps)    {name, RW | REG_LVT, keeps, STATUS, 0, MASKED}
#define LINT(name)          {name, RW | REG_LVT, 0x1A7FF, STATUS | REMOTE_IRR, 0, MASKED}
#define READ_ONLY(name)     {name, RO, 0, 0, 0, 0}
#define FOCUS               BIT32(9) /* no focus checking: reserved since the Pentium 4 */
#define EOI_SUPPRESS        BIT32(12)
#define VERSION_SUPPRESS    BIT32(24)
#define VERSION_EXTENDED    BIT32(31)
#define LEAF1_TSC_DEADLINE  BIT32(24) /* ECX */
#define MAX_LVT_PERFORMANCE 4         /* values of the version register from which on they exist */
#define MAX_LVT_THERMAL     5
#define MAX_LVT_CMCI        6

static const struct reg regs[SLOTS] = {
    SLOT(LAPIC_ID) = {"ID", RO, 0, 0, 0, 0},
    SLOT(LAPIC_VERSION) = READ_ONLY("version"),
    SLOT(LAPIC_TPR) = {"TPR", RW, 0xFF, 0, 0, 0},
    /* APR and RRD: not on newer processors, but their places are no error (the map's footnote). */
    SLOT(LAPIC_APR) = {"APR", REG_R | REG_LIVE, 0, 0, ONES, 0},
    SLOT(LAPIC_PPR) = READ_ONLY("PPR"),
    SLOT(LAPIC_EOI) = {"EOI", REG_W | REG_W2 | REG_ZEROS | REG_LIVE, 0, 0, 0, 0},
    SLOT(LAPIC_RRD) = {"RRD", REG_R | REG_LIVE, 0, 0, 0, 0},
    SLOT(LAPIC_LDR) = {"LDR", REG_R | REG_W | REG_R2, HIGH, 0, 0, 0},
    SLOT(LAPIC_DFR) = {"DFR", REG_R | REG_W, 0xF0000000, 0, 0, ONES},
    SLOT(LAPIC_SVR) = {"SVR", RW, 0x1FF, 0, FOCUS, 0xFF},
    SLOT(LAPIC_ISR) = READ_ONLY("ISR"), /* stands for ISR, TMR and IRR, 8 each */
    SLOT(LAPIC_ESR) = {"ESR", RW | REG_ZEROS | REG_LIVE, 0, 0, 0, 0},
    SLOT(LAPIC_LVT_CMCI) = LVT("LVT CMCI", 0x107FF),
    SLOT(LAPIC_ICR) = {"ICR", RW, 0xCCFFF, STATUS, 0, 0},
    SLOT(LAPIC_ICR2) = {"ICR high", REG_R | REG_W, HIGH, 0, 0, 0},
    SLOT(LAPIC_LVT_TIMER) = LVT("LVT timer", 0x300FF),
    SLOT(LAPIC_LVT_THERMAL) = LVT("LVT thermal", 0x107FF),
    SLOT(LAPIC_LVT_PMC) = LVT("LVT performance", 0x107FF),
    SLOT(LAPIC_LVT_LINT0) = LINT("LVT LINT0"),
    SLOT(LAPIC_LVT_LINT1) = LINT("LVT LINT1"),
    SLOT(LAPIC_LVT_ERROR) = LVT("LVT error", 0x100FF),
    SLOT(LAPIC_TIMER_INITIAL) = {"initial count", RW, ONES, 0, 0, 0},
    SLOT(LAPIC_TIMER_CURRENT) = READ_ONLY("current count"),
    SLOT(LAPIC_TIMER_DIVIDE) = {"divide configuration", RW, 0xB, 0, 0, 0},
    SLOT(LAPIC_SELF_IPI) = {"self-IPI", REG_W2 | REG_LIVE, 0xFF, 0, 0, 0},
};

static bool exists(unsigned slot, uint32_t version)
{
    unsigned max_lvt = version >> 16 & 0xFF;

    switch (slot * 16) {
    case LAPIC_LVT_PMC:
        return max_lvt >= MAX_LVT_PERFORMANCE;
    case LAPIC_LVT_THERMAL:
        return max_lvt >= MAX_LVT_THERMAL;
    case LAPIC_LVT_CMCI:
        return max_lvt >= MAX_LVT_CMCI || differs(CMCI_IS_THERE);
    default:
        return true;
    }
}

/* Asked often, and CPUID takes its time under a hypervisor. */
static bool has_deadline_mode(void)
{
    static uint32_t ecx;

    if (!ecx)
        ecx = cpuid(1, 0).ecx;
    return ecx & LEAF1_TSC_DEADLINE;
}

struct reg reg_at(unsigned slot)
{
    uint32_t version = lapic_read(LAPIC_VERSION);
    struct reg reg = regs[slot];

    if (slot >= LAPIC_ISR / 16 && slot < LAPIC_ESR / 16) {
        reg = regs[LAPIC_ISR / 16];
        reg.name = slot < LAPIC_TMR / 16 ? "ISR" : slot < LAPIC_IRR / 16 ? "TMR" : "IRR";
    }
    if (!exists(slot, version))
        return (struct reg){0};
    if (slot == LAPIC_LVT_TIMER / 16 && has_deadline_mode())
        reg.keeps |= LAPIC_TIMER_DEADLINE;
    if (slot == LAPIC_SVR / 16 && (version & VERSION_SUPPRESS))
        reg.keeps |= EOI_SUPPRESS;
    return reg;
}

uint32_t reg_reserved(const struct reg *reg)
{
    return reg->flags & REG_ZEROS ? ONES : ~(reg->keeps | reg->status | reg->open);
}

bool has_extended_space(void)
{
    return lapic_read(LAPIC_VERSION) & VERSION_EXTENDED;
}
