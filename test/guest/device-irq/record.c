/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records and the handler of all lines; see cases.h. Records are atomic where two CPUs touch
 * them.
 */
#include "device-irq/cases.h"

static struct record records[3];
static const struct line *const lines[] = {&uart, &keyboard, &timer};

atomic_uint ipis;

unsigned record_time(void)
{
    static atomic_uint now;

    return atomic_fetch_add(&now, 1) + 1;
}

struct record *record_of(const struct line *line)
{
    unsigned i = 0;

    while (lines[i] != line)
        i++;
    return &records[i];
}

/* In service: one ISR bit, TMR and remote IRR by the trigger mode, and no second request. */
static void look(struct record *r)
{
    unsigned vector = r->line->vector;
    bool remote_irr = io_apic_entry(r->line->pin) & IO_APIC_REMOTE_IRR;

    if (!lapic_bit(LAPIC_ISR, vector))
        atomic_fetch_add(&r->no_isr, 1);
    if (lapic_bit(LAPIC_TMR, vector) != r->level)
        atomic_fetch_add(&r->wrong_tmr, 1);
    if (remote_irr != r->level)
        atomic_fetch_add(&r->wrong_remote_irr, 1);
    if (r->level && lapic_bit(LAPIC_IRR, vector))
        atomic_fetch_add(&r->irr_too, 1);
}

static void on_line(struct trap_frame *frame)
{
    struct record *r = &records[0];

    while (r->line->vector != frame->vector)
        r++;

    unsigned n = atomic_fetch_add(&r->begun, 1);

    if (n == 0)
        atomic_store(&r->first_begun, record_time());
    atomic_fetch_add(&r->by_cpu[this_cpu()->index], 1);
    if (atomic_exchange(&r->in_service, true))
        atomic_fetch_add(&r->nested, 1);
    if (!r->quick)
        look(r);
    if (n >= r->keep)
        r->line->lower();
    if (r->during) {
        r->during();
        look(r);
    }
    atomic_store(&r->in_service, false);
    atomic_store(&r->last_ended, record_time()); /* before EOI: another CPU may be next */
    lapic_eoi();
    atomic_fetch_add(&r->ended, 1);
}

static void forget(struct record *r, const struct line *line, bool level)
{
    r->line = line;
    r->armed = true;
    r->level = level;
    r->quick = false;
    r->keep = 0;
    r->during = NULL;
    for (unsigned i = 0; i < MAX_CPUS; i++)
        atomic_store(&r->by_cpu[i], 0);
    atomic_store(&r->begun, 0);
    atomic_store(&r->ended, 0);
    atomic_store(&r->first_begun, 0);
    atomic_store(&r->last_ended, 0);
    atomic_store(&r->in_service, false);
    atomic_store(&r->nested, 0);
    atomic_store(&r->no_isr, 0);
    atomic_store(&r->wrong_tmr, 0);
    atomic_store(&r->irr_too, 0);
    atomic_store(&r->wrong_remote_irr, 0);
}

struct record *line_arm_at(const struct line *line, enum arm_flags flags, uint32_t dest)
{
    struct record *r = record_of(line);
    uint32_t low = line->vector;

    if (flags & ARM_LEVEL)
        low |= IO_APIC_LEVEL;
    if (flags & ARM_LOGICAL)
        low |= IO_APIC_LOGICAL;
    if (flags & ARM_LOWEST)
        low |= IO_APIC_LOWEST;
    io_apic_mask(line->pin);
    if (!r->armed)
        line->prepare();
    line->lower();
    forget(r, line, flags & ARM_LEVEL);
    trap_set_handler(line->vector, on_line);
    io_apic_route(line->pin, low, dest);
    return r;
}

struct record *line_arm(const struct line *line, enum arm_flags flags, unsigned cpu)
{
    return line_arm_at(line, flags, cpu_at(cpu)->apic_id);
}

void line_reroute(const struct line *line, unsigned cpu)
{
    uint32_t low = line->vector;

    if (record_of(line)->level)
        low |= IO_APIC_LEVEL;
    io_apic_route(line->pin, low, cpu_at(cpu)->apic_id);
}

void line_disarm(const struct line *line)
{
    struct record *r = record_of(line);

    io_apic_mask(line->pin);
    line->lower();
    if (r->armed)
        line->restore();
    r->armed = false;
}

bool wait_for(const atomic_uint *value, unsigned least)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    while (atomic_load(value) < least) {
        if (clock_us() >= end)
            return false;
        cpu_pause();
    }
    return true;
}

bool line_wait(const struct line *line, unsigned count)
{
    return wait_for(&record_of(line)->ended, count);
}

bool line_wait_requested(const struct line *line)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    while (!lapic_bit(LAPIC_IRR, line->vector)) {
        if (clock_us() >= end)
            return false;
        cpu_pause();
    }
    return true;
}

bool line_repeat(const struct line *line, unsigned times)
{
    unsigned before = atomic_load(&record_of(line)->ended);

    for (unsigned i = 1; i <= times; i++) {
        line->raise();
        if (!line_wait(line, before + i))
            return tap_check(false, "%s: number %u of %u is lost", line->name, i, times);
        if (io_apic_entry(line->pin) & IO_APIC_REMOTE_IRR)
            return tap_check(false, "%s: remote IRR after EOI %u", line->name, i);
    }
    return true;
}

void line_check(const struct line *line, unsigned count)
{
    const struct record *r = record_of(line);

    delay_us(QUIET_US);
    tap_check(atomic_load(&r->begun) == count && atomic_load(&r->ended) == count,
              "%s: taken %u times, ended %u times, want %u", line->name, atomic_load(&r->begun),
              atomic_load(&r->ended), count);
    tap_check(!atomic_load(&r->nested), "%s: %u came before the EOI", line->name,
              atomic_load(&r->nested));
    tap_check(!atomic_load(&r->irr_too), "%s: %u times requested while in service", line->name,
              atomic_load(&r->irr_too));
    tap_check(!atomic_load(&r->no_isr) && !atomic_load(&r->wrong_tmr),
              "%s: ISR %u times clear, TMR %u times wrong", line->name, atomic_load(&r->no_isr),
              atomic_load(&r->wrong_tmr));
    tap_check(!atomic_load(&r->wrong_remote_irr), "%s: remote IRR %u times wrong", line->name,
              atomic_load(&r->wrong_remote_irr));
    tap_check(!(io_apic_entry(line->pin) & IO_APIC_REMOTE_IRR), "%s: remote IRR stays", line->name);
}

static void on_ipi(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
    atomic_fetch_add(&ipis, 1);
}

void count_ipis(void)
{
    atomic_store(&ipis, 0);
    trap_set_handler(VECTOR_IPI, on_ipi);
}

unsigned last_cpu(void)
{
    return cpu_count() - 1;
}
