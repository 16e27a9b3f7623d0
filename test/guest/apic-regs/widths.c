/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that the manual leaves undefined: "Any FP/MMX/SSE access to an APIC register, or any
 * access that touches bytes 4 through 15 of an APIC register may cause undefined behaviour". The
 * cases ignore what is read and what the register becomes. No other register may change, nothing
 * may stop, and the LAPIC must go on.
 */
#include "apic-regs/cases.h"

#define CR4_OSFXSR  BIT(9)
#define TIMER_VALUE 0x00345678

/* A load or store of `width` bytes. */
static void load(uint64_t address, unsigned width)
{
    uint64_t value;

    switch (width) {
    case 1:
        __asm__ volatile("movb (%1), %b0" : "=q"(value) : "r"(address) : "memory");
        break;
    case 2:
        __asm__ volatile("movw (%1), %w0" : "=r"(value) : "r"(address) : "memory");
        break;
    case 4:
        __asm__ volatile("movl (%1), %k0" : "=r"(value) : "r"(address) : "memory");
        break;
    case 8:
        __asm__ volatile("movq (%1), %0" : "=r"(value) : "r"(address) : "memory");
        break;
    default: /* nothing else here uses XMM0 */
        __asm__ volatile("movups (%0), %%xmm0" : : "r"(address) : "memory");
        break;
    }
}

static void store(uint64_t address, unsigned width, uint64_t value)
{
    switch (width) {
    case 1:
        __asm__ volatile("movb %b0, (%1)" : : "q"(value), "r"(address) : "memory");
        break;
    case 2:
        __asm__ volatile("movw %w0, (%1)" : : "r"(value), "r"(address) : "memory");
        break;
    case 4:
        __asm__ volatile("movl %k0, (%1)" : : "r"(value), "r"(address) : "memory");
        break;
    default:
        __asm__ volatile("movq %0, (%1)" : : "r"(value), "r"(address) : "memory");
        break;
    }
}

static bool spans(unsigned offset, unsigned width)
{
    return offset / 4 != (offset + width - 1) / 4;
}

static bool too_odd(unsigned offset, unsigned width)
{
    return spans(offset, width) && differs(SPANS_STOP_IT);
}

/* Something to lose in each register. */
static void fill(struct snapshot *s)
{
    quiesce();
    write_lvts_apart();
    lapic_write(LAPIC_LDR, 0x01000000);
    lapic_write(LAPIC_TPR, 0x20);
    lapic_write(LAPIC_TIMER_DIVIDE, 0xB);
    lapic_write(LAPIC_TIMER_INITIAL, TIMER_VALUE);
    snapshot(s);
}

static void clean_up(void)
{
    lapic_write(LAPIC_LDR, 0);
    lapic_write(LAPIC_DFR, UINT32_MAX);
    quiesce();
}

/* Inside of words, beside them, across them, and across the end of the slot. */
struct places {
    unsigned width, at[8], count;
};
static const struct places reads[] = {
    {1, {0, 1, 2, 3, 4, 8, 15}, 7},
    {2, {0, 1, 2, 3, 4, 6, 12, 15}, 8},
    {4, {1, 2, 3, 4, 8, 12, 13, 15}, 8},
    {8, {0, 1, 4, 8, 12}, 5},
    {16, {0, 4, 8}, 3},
};

/* One of ISR, TMR and IRR's eight is as the others. */
static bool is_repetition(unsigned slot)
{
    return slot >= LAPIC_ISR / 16 && slot < LAPIC_ESR / 16 && slot % 8 != 7;
}

static void read_all(void *arg)
{
    uint64_t cr4 = read_cr4();
    struct snapshot before;

    (void)arg;
    irq_disable();
    fill(&before);
    write_cr4(cr4 | CR4_OSFXSR);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (is_repetition(slot))
            continue;
        for (unsigned i = 0; i < ARRAY_SIZE(reads); i++)
            for (unsigned n = 0; n < reads[i].count; n++)
                if (!too_odd(reads[i].at[n], reads[i].width))
                    load(LAPIC_BASE + slot * 16 + reads[i].at[n], reads[i].width);
        check_unchanged(&before, BUT_NONE, "reads");
    }
    write_cr4(cr4);
    clean_up();
    irq_enable();
}

void case_reads(void)
{
    on_each(read_all);
}

/* Registers for which any content is harmless; all else could send, or switch off. */
static bool is_quiet(unsigned slot)
{
    return (reg_at(slot).flags & REG_LVT) || slot == LAPIC_TPR / 16 || slot == LAPIC_LDR / 16 ||
           slot == LAPIC_TIMER_INITIAL / 16 || slot == LAPIC_TIMER_DIVIDE / 16 ||
           slot == LAPIC_VERSION / 16 || slot == LAPIC_PPR / 16 || slot == LAPIC_IRR / 16 ||
           slot == LAPIC_TIMER_CURRENT / 16;
}

/* What the register has already, so that a write that is a plain one changes nothing. */
static void write_at(const struct snapshot *before, unsigned slot, unsigned at, unsigned width)
{
    uint64_t value = at < 4 ? before->regs[slot] >> 8 * at : 0;

    store(LAPIC_BASE + slot * 16 + at, width, value);
    check_unchanged(before, BIT(slot) | (slot == LAPIC_TPR / 16 ? BUT(LAPIC_PPR) : 0),
                    "odd writes");
    if (reg_at(slot).flags & REG_W)
        slot_write(slot, before->regs[slot]);
    check_unchanged(before, BUT_NONE, "a plain write after odd ones");
}

static void write_all(void *arg)
{
    static const struct places writes[] = {
        {1, {0, 1, 3, 4, 8, 15}, 6},
        {2, {0, 1, 2, 4, 14}, 5},
        {4, {1, 2, 4, 8, 12}, 5},
        {8, {0, 4, 8}, 3},
    };
    struct snapshot before;

    (void)arg;
    irq_disable();
    fill(&before);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        if (!is_quiet(slot))
            continue;
        for (unsigned i = 0; i < ARRAY_SIZE(writes); i++)
            for (unsigned n = 0; n < writes[i].count; n++)
                write_at(&before, slot, writes[i].at[n], writes[i].width);
    }
    clean_up();
    irq_enable();
}

void case_writes(void)
{
    if (differs(ODD_WRITES_STOP_IT)) {
        tap_skip("they stop the emulator");
        return;
    }
    irq_count_begin();
    on_each(write_all);
    check_no_interrupts();
}
