/* SPDX-License-Identifier: GPL-2.0-only */
/* xAPIC mode: what each register keeps of a plain 32-bit write. */
#include "apic-regs/cases.h"

#define RESERVED_END 0x1000 /* the rest of the page is reserved too */
#define DFR_FLAT     0xF0000000
#define NOBODY       0xEF /* an ID that no CPU has */

/* Bits whose content the test may rely on. */
static uint32_t certain(unsigned slot, const struct reg *reg)
{
    uint32_t mask = ~reg->open;

    if (differs(STATUS_BITS_STAY))
        mask &= ~reg->status;
    if (differs(RESERVED_BITS_STAY) || (slot == LAPIC_ICR / 16 && differs(ICR_BITS_STAY)))
        mask &= reg->keeps;
    return mask;
}

static void check_kept(unsigned slot, const struct reg *reg, uint32_t value)
{
    uint32_t got, want = value & reg->keeps;

    slot_write(slot, value);
    got = slot_read(slot);
    if (slot == LAPIC_DFR / 16)
        want |= ~reg->keeps; /* "All bits except bits 31:28 are 1" */
    tap_check(((got ^ want) & certain(slot, reg)) == 0,
              "CPU %u: %s: wrote 0x%x, read 0x%x, want 0x%x", this_cpu()->index, reg->name, value,
              got, want);
}

/* A masked entry takes anything, but for the timer's fourth mode, which is reserved. */
static uint32_t harmless(unsigned slot, const struct reg *reg, uint32_t value)
{
    if (reg->flags & REG_LVT)
        value |= LAPIC_LVT_MASKED;
    if (slot == LAPIC_LVT_TIMER / 16 && (value & LAPIC_TIMER_DEADLINE))
        value &= ~LAPIC_TIMER_PERIODIC;
    return value;
}

static void walk(unsigned slot, const struct reg *reg)
{
    check_kept(slot, reg, harmless(slot, reg, 0));
    check_kept(slot, reg, harmless(slot, reg, UINT32_MAX));
    for (unsigned bit = 0; bit < 32; bit++) {
        check_kept(slot, reg, harmless(slot, reg, BIT32(bit)));
        check_kept(slot, reg, harmless(slot, reg, ~BIT32(bit)));
    }
    if (reg->flags & REG_LVT) /* no event is about to come */
        check_kept(slot, reg, VECTOR_TEST);
}

static void walk_all(const struct snapshot *before)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = reg_at(slot);

        /* Not: what sends, what switches off, models that IPIs cannot use. */
        if (!(reg.flags & REG_W) || (reg.flags & REG_LIVE) || slot == LAPIC_ICR / 16 ||
            slot == LAPIC_SVR / 16 || slot == LAPIC_DFR / 16)
            continue;
        walk(slot, &reg);
        slot_write(slot, slot == LAPIC_TIMER_INITIAL / 16 ? 0 : before->regs[slot]);
        check_unchanged(before, BUT_NONE, reg.name);
    }
    for (unsigned n = 0; n < 4; n++) {
        const struct reg reg = reg_at(LAPIC_DFR / 16);

        check_kept(LAPIC_DFR / 16, &reg, (n & 1 ? DFR_FLAT : 0) | (n & 2 ? 0x0A5A5A5A : 0));
    }
    lapic_write(LAPIC_DFR, UINT32_MAX);
}

void case_patterns(void)
{
    on_each_unchanged(walk_all, BUT_NONE, "DFR");
}

/* To nobody: every delivery mode, each with a reserved and a status bit. */
static void write_icr(const struct snapshot *before)
{
    const struct reg reg = reg_at(LAPIC_ICR / 16);

    (void)before;
    lapic_write(LAPIC_ICR2, (uint32_t)NOBODY << 24);
    for (uint32_t mode = 0; mode < 8; mode++) {
        uint32_t value = mode << 8 | ICR_ASSERT | (VECTOR_TEST + mode);

        if (differs(CONSUMED_IS_NOT_IN_ICR) &&
            (mode << 8 == ICR_INIT || mode << 8 == ICR_SIPI || mode << 8 == ICR_SMI))
            continue;
        check_kept(LAPIC_ICR / 16, &reg, value);
        check_kept(LAPIC_ICR / 16, &reg, value | ICR_PENDING | BIT32(13) | BIT32(17));
        check_kept(LAPIC_ICR / 16, &reg, value & ~ICR_ASSERT);
        check_kept(LAPIC_ICR / 16, &reg, value | 0xFFF00000);
    }
    check_kept(LAPIC_ICR / 16, &reg, ICR_ASSERT | ICR_LEVEL | 0xFE);
    CHECK_EQ(lapic_read(LAPIC_ICR2), (uint32_t)NOBODY << 24);
}

void case_icr(void)
{
    on_each_unchanged(write_icr, BUT(LAPIC_ICR) | BUT(LAPIC_ICR2), "ICR");
}

static void write_svr(const struct snapshot *before)
{
    const struct reg reg = reg_at(LAPIC_SVR / 16);

    (void)before;
    for (unsigned bit = 0; bit < 32; bit++) {
        check_kept(LAPIC_SVR / 16, &reg, LAPIC_SVR_ENABLE | BIT32(bit));
        check_kept(LAPIC_SVR / 16, &reg, LAPIC_SVR_ENABLE | ~BIT32(bit));
    }
    lapic_enable();
}

void case_spurious_register(void)
{
    on_each_unchanged(write_svr, BUT_NONE, "SVR");
}

static void write_read_only(const struct snapshot *before)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = reg_at(slot);

        if (!reg.name || (reg.flags & REG_W) || !(reg.flags & REG_R) ||
            (slot == LAPIC_ID / 16 && differs(ID_IS_WRITABLE)))
            continue;
        slot_write(slot, UINT32_MAX);
        check_unchanged(before, BUT_NONE, reg.name);
        slot_write(slot, 0);
        check_unchanged(before, BUT_NONE, reg.name);
        CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
        if (slot == LAPIC_RRD / 16 && !differs(RRD_IS_RESERVED))
            CHECK_EQ(slot_read(slot), 0);
    }
    check_no_errors();
}

void case_read_only(void)
{
    on_each_unchanged(write_read_only, BUT_NONE, "writes of read-only registers");
}

static void check_illegal(const char *what, unsigned offset)
{
    uint32_t first, second;

    if (differs(ESR_IS_STUCK))
        return;
    first = take_errors();
    second = take_errors();
    tap_check(first == ESR_ILLEGAL_ADDRESS, "CPU %u: ESR 0x%x after a %s at 0x%x",
              this_cpu()->index, first, what, offset);
    tap_check(second == 0, "CPU %u: ESR 0x%x when it is written again", this_cpu()->index, second);
}

static void touch_reserved(const struct snapshot *before)
{
    (void)before;
    for (unsigned offset = 0; offset < RESERVED_END; offset += offset < SLOTS * 16 ? 16 : 0x90) {
        if (offset >= SLOTS * 16 && has_extended_space())
            break;
        if (offset < SLOTS * 16 && reg_at(offset / 16).flags & (REG_R | REG_W))
            continue;
        tap_check(lapic_read((enum lapic_reg)offset) == 0, "CPU %u: 0x%x at 0x%x",
                  this_cpu()->index, lapic_read((enum lapic_reg)offset), offset);
        check_illegal("read", offset);
        if (offset == 0 && differs(SLOT_0_IS_MSI))
            continue;
        lapic_write((enum lapic_reg)offset, UINT32_MAX);
        check_illegal("write", offset);
        lapic_write((enum lapic_reg)offset, ICR_ASSERT | VECTOR_TEST);
        check_illegal("write", offset);
    }
}

void case_reserved(void)
{
    irq_count_begin();
    on_each_unchanged(touch_reserved, BUT_NONE, "accesses to reserved offsets");
    check_no_interrupts();
}
