/* SPDX-License-Identifier: GPL-2.0-only */
/* x2APIC mode: every MSR of 800H to 8FFH, read and written, and each reserved bit alone. */
#include "apic-regs/cases.h"
#include "lib/msr_access.h"

#define MSRS   0x100
#define NOBODY UINT64_C(0xFFFFFFF0) /* an ID that no CPU has */

/* True if it is #GP(0); any other exception is a failure. */
static bool refused(void (*fn)(void *), struct msr_access *a)
{
    struct fault fault;

    if (!trap_call(fn, a, &fault))
        return false;
    tap_check(fault.vector == VECTOR_GP && fault.error == 0,
              "CPU %u: MSR %xH: vector %u, error 0x%lx", this_cpu()->index, a->msr, fault.vector,
              (unsigned long)fault.error);
    return true;
}

static bool refused_read(unsigned slot, uint64_t *value)
{
    struct msr_access a = {.msr = MSR_X2APIC + slot};
    bool is_refused = refused(msr_do_read, &a);

    *value = a.value;
    return is_refused;
}

static bool refused_write(unsigned slot, uint64_t value)
{
    struct msr_access a = {.msr = MSR_X2APIC + slot, .value = value};

    return refused(msr_do_write, &a);
}

static struct reg at(unsigned slot)
{
    return slot < SLOTS ? reg_at(slot) : (struct reg){0};
}

/* Above 83FH everything is reserved, but for AMD's registers. */
static unsigned end_of_range(void)
{
    return has_extended_space() ? SLOTS : MSRS;
}

static void read_all(const struct snapshot *before)
{
    const unsigned index = this_cpu()->index;

    (void)before;
    for (unsigned slot = 0; slot < end_of_range(); slot++) {
        bool readable = at(slot).flags & REG_R2;
        uint64_t value = 0;

        if (!differs(X2APIC_READ_ONLY_UNCHECKED) || readable || !at(slot).name)
            tap_check(refused_read(slot, &value) == !readable, "CPU %u: RDMSR %xH %s #GP", index,
                      MSR_X2APIC + slot, readable ? "is" : "is no");
        tap_check(slot == LAPIC_ICR / 16 || value >> 32 == 0, "CPU %u: MSR %xH: upper half 0x%lx",
                  index, MSR_X2APIC + slot, (unsigned long)(value >> 32));
    }
    check_no_errors(); /* there is no such error in this mode */
}

void case_msr_reads(void)
{
    on_each_unchanged(read_all, BUT_NONE, "RDMSR");
}

/* In xAPIC mode there is none of them, and what is written there sends nothing. */
static void refuse_all(const struct snapshot *before)
{
    (void)before;
    for (unsigned slot = 0; slot < MSRS; slot++) {
        uint64_t value;

        tap_check(refused_read(slot, &value), "CPU %u: RDMSR %xH is no #GP", this_cpu()->index,
                  MSR_X2APIC + slot);
        tap_check(refused_write(slot, 0), "CPU %u: WRMSR %xH is no #GP", this_cpu()->index,
                  MSR_X2APIC + slot);
    }
    tap_check(refused_write(LAPIC_SELF_IPI / 16, VECTOR_TEST), "CPU %u: a self-IPI is no #GP",
              this_cpu()->index);
}

void case_msrs_of_xapic(void)
{
    if (differs(UNKNOWN_MSRS_ARE_0)) {
        tap_skip("this machine takes MSRs that it has not for 0");
        return;
    }
    irq_count_begin();
    on_each_unchanged(refuse_all, BUT_NONE, "RDMSR and WRMSR in xAPIC mode");
    check_no_interrupts();
}

/* Read-only registers, those of xAPIC mode alone, and what is reserved. */
static void write_read_only(const struct snapshot *before)
{
    const unsigned index = this_cpu()->index;

    (void)before;
    for (unsigned slot = 0; slot < end_of_range(); slot++) {
        static const uint64_t values[] = {0, 0xFF, BIT(63)};

        if (at(slot).flags & REG_W2)
            continue;
        for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
            bool is_refused = refused_write(slot, values[i]);

            tap_check(is_refused || differs(X2APIC_READ_ONLY_UNCHECKED),
                      "CPU %u: WRMSR %xH is no #GP", index, MSR_X2APIC + slot);
        }
    }
    check_no_errors();
}

void case_msr_read_only(void)
{
    on_each_unchanged(write_read_only, BUT_NONE, "WRMSR of read-only registers");
}

/* What is written with each reserved bit: it does no harm, should the write be taken. */
static uint64_t harmless(unsigned slot)
{
    switch (slot * 16) {
    case LAPIC_SVR:
        return LAPIC_SVR_ENABLE | 0xFF;
    case LAPIC_ICR:
        return NOBODY << 32 | ICR_FIXED | ICR_ASSERT | VECTOR_TEST;
    case LAPIC_SELF_IPI:
        return VECTOR_TEST;
    default:
        return at(slot).flags & REG_LVT ? LAPIC_LVT_MASKED : 0;
    }
}

static bool looked_at(unsigned slot, unsigned bit)
{
    if (differs(X2APIC_BITS_UNCHECKED))
        return false;
    if (!differs(X2APIC_LVT_BITS_UNCHECKED) || bit >= 32)
        return slot != LAPIC_ICR / 16 || bit < 32;
    return !(at(slot).flags & REG_LVT) && slot != LAPIC_ICR / 16 &&
           slot != LAPIC_TIMER_DIVIDE / 16 && slot != LAPIC_SELF_IPI / 16;
}

static void write_reserved_bits(const struct snapshot *before)
{
    const unsigned index = this_cpu()->index;

    (void)before;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = at(slot);
        uint64_t reserved = reg_reserved(&reg) | UINT64_C(0xFFFFFFFF) << 32;

        if (!(reg.flags & REG_W2))
            continue;
        for (unsigned bit = 0; bit < 64; bit++)
            if ((reserved & BIT(bit)) && looked_at(slot, bit))
                tap_check(refused_write(slot, harmless(slot) | BIT(bit)),
                          "CPU %u: bit %u of MSR %xH (%s) is no #GP", index, bit, MSR_X2APIC + slot,
                          reg.name);
        tap_check(slot == LAPIC_SELF_IPI / 16 ||
                      !refused_write(slot, harmless(slot) & ~(uint64_t)reg.open),
                  "CPU %u: MSR %xH (%s) cannot be written", index, MSR_X2APIC + slot, reg.name);
    }
}

void case_msr_reserved_bits(void)
{
    irq_count_begin();
    on_each_unchanged(write_reserved_bits, BUT(LAPIC_ICR), "WRMSR with reserved bits");
    check_no_interrupts();
}

static void check_kept(unsigned slot, uint64_t value)
{
    const struct reg reg = at(slot);
    uint64_t got = 0, mask = ~(uint64_t)reg.open;

    if (differs(STATUS_BITS_STAY))
        mask &= ~(uint64_t)reg.status;
    tap_check(!refused_write(slot, value), "CPU %u: WRMSR %xH, %s, 0x%lx is #GP", this_cpu()->index,
              MSR_X2APIC + slot, reg.name, (unsigned long)value);
    tap_check(!refused_read(slot, &got), "CPU %u: RDMSR %xH is #GP", this_cpu()->index,
              MSR_X2APIC + slot);
    tap_check(((got ^ (value & ~(uint64_t)reg.status)) & mask) == 0,
              "CPU %u: %s: wrote 0x%lx, read 0x%lx", this_cpu()->index, reg.name,
              (unsigned long)value, (unsigned long)got);
}

static void walk(unsigned slot, const struct reg *reg)
{
    const uint32_t usable = reg->keeps | reg->status;
    uint32_t always = reg->flags & REG_LVT ? LAPIC_LVT_MASKED : 0;

    if (slot == LAPIC_SVR / 16)
        always = LAPIC_SVR_ENABLE;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t all_but = usable & ~BIT32(bit);

        if (slot == LAPIC_LVT_TIMER / 16 && (all_but & LAPIC_TIMER_DEADLINE))
            all_but &= ~LAPIC_TIMER_PERIODIC;
        if (usable & BIT32(bit))
            check_kept(slot, always | BIT32(bit));
        check_kept(slot, always | all_but);
    }
    check_kept(slot, always);
}

static void walk_all(const struct snapshot *before)
{
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = at(slot);

        if (!(reg.flags & REG_W2) || (reg.flags & REG_LIVE) || slot == LAPIC_ICR / 16)
            continue;
        walk(slot, &reg);
        slot_write(slot, slot == LAPIC_TIMER_INITIAL / 16 ? 0 : before->regs[slot]);
        check_unchanged(before, BUT_NONE, reg.name);
    }
    for (uint64_t mode = 0; mode < 8 && !differs(X2APIC_ICR_IS_NOT_KEPT); mode++)
        if (mode << 8 != ICR_INIT && mode << 8 != ICR_SIPI)
            check_kept(LAPIC_ICR / 16, NOBODY << 32 | mode << 8 | ICR_ASSERT | VECTOR_TEST);
}

void case_msr_patterns(void)
{
    on_each_unchanged(walk_all, BUT(LAPIC_ICR), "WRMSR");
}
