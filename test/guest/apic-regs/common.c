/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases share: registers by slot, snapshots, and where a case can run. */
#include "apic-regs/cases.h"

#define JOB_MS        20000 /* on a host that is busy */
#define QUIET_US      100
#define TIMER_WAIT_US 5000000

const char *unfit_for_xapic(void)
{
    return is_x2apic() ? "not in xAPIC mode" : NULL;
}

const char *unfit_to_enter_x2apic(void)
{
    return lapic_has_x2apic() ? NULL : "no x2APIC";
}

const char *unfit_for_x2apic(void)
{
    return is_x2apic() ? NULL : "no x2APIC";
}

/* As in payload apic-base. */
const char *unfit_to_disable(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (lapic_is_locked())
        return "locked in x2APIC mode";
    if (!leaf.base && !bare_tcg())
        return "what this bare machine's LAPIC keeps while it is off is not known";
    return NULL;
}

static void run_on_each(job_fn fn, void *arg)
{
    unsigned last = cpu_count() - 1;

    tap_check(on_cpu(0, fn, arg), "CPU 0: an exception");
    if (last == 0)
        return;
    cpu_post(last, fn, arg);
    tap_check(cpu_join(last, JOB_MS), "CPU %u does not answer, or an exception", last);
}

void on_each(job_fn fn)
{
    run_on_each(fn, NULL);
}

struct unchanged {
    void (*fn)(const struct snapshot *before);
    uint64_t but;
    const char *after;
};

static void run_unchanged(void *arg)
{
    const struct unchanged *u = arg;
    struct snapshot before;

    irq_disable();
    quiesce();
    snapshot(&before);
    u->fn(&before);
    check_unchanged(&before, u->but, u->after);
    (void)take_errors();
    irq_enable();
}

void on_each_unchanged(void (*fn)(const struct snapshot *before), uint64_t but, const char *after)
{
    struct unchanged u = {.fn = fn, .but = but, .after = after};

    run_on_each(run_unchanged, &u);
}

void check_no_interrupts(void)
{
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(irq_count_all(i) == 0, "CPU %u: %u interrupts", i, irq_count_all(i));
}

uint32_t slot_read(unsigned slot)
{
    return lapic_read((enum lapic_reg)(slot * 16));
}

void slot_write(unsigned slot, uint32_t value)
{
    lapic_write((enum lapic_reg)(slot * 16), value);
}

uint32_t take_errors(void)
{
    lapic_write(LAPIC_ESR, 0);
    return lapic_read(LAPIC_ESR);
}

void check_no_errors(void)
{
    if (!differs(ESR_IS_STUCK))
        CHECK_EQ(take_errors(), 0);
}

static bool in_snapshot(unsigned slot)
{
    const struct reg reg = reg_at(slot);

    if (!reg.name || !(reg.flags & (is_x2apic() ? REG_R2 : REG_R)))
        return false;
    /* These change by themselves, or reading them is an error somewhere. */
    return slot != LAPIC_APR / 16 && slot != LAPIC_RRD / 16 && slot != LAPIC_ESR / 16 &&
           slot != LAPIC_TIMER_CURRENT / 16;
}

void snapshot(struct snapshot *s)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        s->regs[slot] = in_snapshot(slot) ? slot_read(slot) : 0;
}

void check_unchanged(const struct snapshot *s, uint64_t but, const char *after)
{
    struct snapshot now;

    snapshot(&now);
    for (unsigned slot = 0; slot < SLOTS; slot++)
        tap_check((but & BIT(slot)) || now.regs[slot] == s->regs[slot],
                  "CPU %u: %s at %x0H went from 0x%x to 0x%x after %s", this_cpu()->index,
                  reg_at(slot).name, slot, s->regs[slot], now.regs[slot], after);
}

void write_lvts(uint32_t value)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        if (reg_at(slot).flags & REG_LVT)
            slot_write(slot, value);
}

void write_lvts_apart(void)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        if (reg_at(slot).flags & REG_LVT)
            slot_write(slot, LAPIC_LVT_MASKED | (VECTOR_TEST + slot));
}

void quiesce(void)
{
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    write_lvts(LAPIC_LVT_MASKED);
    lapic_write(LAPIC_TIMER_INITIAL, 0); /* a timer in deadline mode does not listen */
    lapic_write(LAPIC_TIMER_DIVIDE, 0);
    lapic_write(LAPIC_TPR, 0);
    lapic_enable();
    (void)take_errors();
    (void)take_errors();
}

bool timer_runs_out(void)
{
    uint64_t end = clock_us() + TIMER_WAIT_US;

    while (lapic_read(LAPIC_TIMER_CURRENT) != 0) {
        if (clock_us() >= end)
            return false;
        cpu_pause();
    }
    return true;
}

void send_self(unsigned vector)
{
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | vector, 0);
}
