/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer ("APIC Timer") against the TSC. A busy host makes an emulated timer late, so no case
 * tests how soon an interrupt comes: only how often, and how early at most.
 */
#include "apic-regs/cases.h"

#define VECTOR_TIMER (VECTOR_TEST + 0x20)
#define PERIODS      20
#define PERIOD_US    2000
#define WINDOW_US    20000
#define WAIT_US      5000000
#define QUIET_US     5000

/* A count, and the TSC before and after it was read. */
struct sample {
    uint64_t earliest, latest;
    uint32_t count;
};

static struct sample sample_count(void)
{
    struct sample s = {.earliest = rdtsc()};

    s.count = lapic_read(LAPIC_TIMER_CURRENT);
    s.latest = rdtsc();
    return s;
}

/*
 * The timer runs down from its top, masked, for WINDOW_US: TSC ticks for each of its counts, times
 * 1024, at least and at most.
 */
struct rate {
    uint64_t min, max;
};

static struct rate measure_rate(uint32_t divide)
{
    struct sample first, last;
    uint64_t end, counts;

    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_DIVIDE, divide);
    lapic_write(LAPIC_TIMER_INITIAL, UINT32_MAX);
    first = sample_count();
    end = clock_us() + WINDOW_US;
    do
        last = sample_count();
    while (clock_us() < end);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    counts = first.count - last.count;
    if (!tap_check(counts > 2, "CPU %u: divider 0x%x: %lu counts", this_cpu()->index, divide,
                   (unsigned long)counts))
        return (struct rate){0, 0};
    return (struct rate){
        .min = (last.earliest - first.latest) * 1024 / (counts + 1),
        .max = (last.latest - first.earliest) * 1024 / (counts - 1),
    };
}

/* At most. A busy host widens the range that the rate is in, and what is checked by it. */
static uint32_t counts_in(uint64_t us, struct rate rate)
{
    return (uint32_t)(us * clock_tsc_khz() / 1000 * 1024 / rate.min);
}

/* "Divide Configuration Register": all 8 values, each against "by 1". */
static void divide(void *arg)
{
    static const struct {
        uint32_t value, by;
    } dividers[] = {{0x0, 2}, {0x1, 4}, {0x2, 8}, {0x3, 16}, {0x8, 32}, {0x9, 64}, {0xA, 128}};

    (void)arg;
    quiesce();
    for (unsigned i = 0; i < ARRAY_SIZE(dividers); i++) {
        struct rate one = measure_rate(LAPIC_TIMER_DIV_1), rate = measure_rate(dividers[i].value);
        uint64_t by = dividers[i].by;

        /* The two ranges overlap, give or take a tenth. */
        tap_check(rate.max * 10 >= one.min * by * 9 && rate.min * 10 <= one.max * by * 11,
                  "CPU %u: divider 0x%x: %lu to %lu / 1024 ticks, by 1 %lu to %lu",
                  this_cpu()->index, dividers[i].value, (unsigned long)rate.min,
                  (unsigned long)rate.max, (unsigned long)one.min, (unsigned long)one.max);
    }
    quiesce();
}

void case_divider(void)
{
    on_each(divide);
}

static bool too_early(uint64_t start, uint64_t counts, struct rate rate)
{
    return (rdtsc() - start) * 1024 < counts * rate.min * 9 / 10;
}

/* One interrupt, not too early; then the count stays at 0 and the initial count as it was. */
static void one_shot(void *arg)
{
    const unsigned index = this_cpu()->index;
    unsigned before = irq_count(index, VECTOR_TIMER);
    struct rate rate;
    uint64_t start;
    uint32_t counts;

    (void)arg;
    quiesce();
    rate = measure_rate(LAPIC_TIMER_DIV_1);
    if (!rate.min)
        return; /* a failure already */
    counts = counts_in(PERIOD_US, rate);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
    for (unsigned n = 1; n <= 3; n++) {
        start = rdtsc();
        lapic_write(LAPIC_TIMER_INITIAL, counts);
        tap_check(irq_count_wait(index, VECTOR_TIMER, before + n), "CPU %u: no interrupt", index);
        tap_check(!too_early(start, counts, rate), "CPU %u: after %lu ticks, want %lu", index,
                  (unsigned long)(rdtsc() - start), (unsigned long)(counts * rate.min / 1024));
        CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
        CHECK_EQ(lapic_read(LAPIC_TIMER_INITIAL), counts);
        delay_us(QUIET_US);
        CHECK_EQ(irq_count(index, VECTOR_TIMER), before + n);
    }
    /* A count of 0 stops it. */
    lapic_write(LAPIC_TIMER_INITIAL, counts);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
    delay_us(QUIET_US);
    /* Before it stopped it may have run out, on a very busy host. */
    tap_check(irq_count(index, VECTOR_TIMER) == before + 3 || differs(LATE_TIMER),
              "CPU %u: an interrupt of a timer that was stopped", index);
    quiesce();
}

void case_one_shot(void)
{
    irq_count_begin();
    on_each(one_shot);
}

/* The timer's vector is the spurious one too: the interrupt is a real one, and its EOI ends it. */
static void spurious_timer(void *arg)
{
    const unsigned index = this_cpu()->index, times = differs(SPURIOUS_STAYS) ? 1 : 3;
    unsigned before = irq_count(index, VECTOR_TIMER);

    (void)arg;
    quiesce();
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_TIMER);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
    for (unsigned n = 1; n <= times; n++) {
        lapic_write(LAPIC_TIMER_INITIAL, 1);
        tap_check(irq_count_wait(index, VECTOR_TIMER, before + n), "CPU %u: %u interrupts", index,
                  n - 1);
    }
    quiesce();
    if (differs(SPURIOUS_STAYS))
        lapic_eoi();
}

void case_spurious_timer(void)
{
    irq_count_begin();
    on_each(spurious_timer);
}

/* It does not count down to 0 and stay there, and comes as often as its period says. */
static void periodic(void *arg)
{
    const unsigned index = this_cpu()->index;
    unsigned before, seen;
    struct rate rate;
    uint64_t start, ticks, end;
    uint32_t counts;

    (void)arg;
    quiesce();
    rate = measure_rate(LAPIC_TIMER_DIV_1);
    if (!rate.min)
        return; /* a failure already */
    counts = counts_in(PERIOD_US, rate);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, 16 * counts);
    for (unsigned n = 0; n < 3; n++)
        tap_check(lapic_read(LAPIC_TIMER_CURRENT) <= 16 * counts, "CPU %u: the count is 0x%x",
                  index, lapic_read(LAPIC_TIMER_CURRENT));
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    before = irq_count(index, VECTOR_TIMER);
    start = rdtsc();
    end = clock_us() + WAIT_US;
    lapic_write(LAPIC_TIMER_INITIAL, counts);
    while (irq_count(index, VECTOR_TIMER) < before + PERIODS && clock_us() < end)
        cpu_pause();
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    ticks = (rdtsc() - start) * 1024;
    delay_us(QUIET_US); /* one may be on its way */
    seen = irq_count(index, VECTOR_TIMER) - before;
    tap_check(seen >= PERIODS, "CPU %u: %u interrupts", index, seen);
    tap_check(ticks / rate.min * 11 / 10 >= (uint64_t)counts * seen,
              "CPU %u: %u interrupts in %lu counts, period %u", index, seen,
              (unsigned long)(ticks / rate.min), counts);
    if (!differs(LATE_TIMER))
        tap_check(ticks / rate.max <= (uint64_t)counts * (seen + 2) * 11 / 10,
                  "CPU %u: only %u interrupts in %lu counts, period %u", index, seen,
                  (unsigned long)(ticks / rate.max), counts);
    delay_us(QUIET_US);
    CHECK_EQ(irq_count(index, VECTOR_TIMER), before + seen);
    quiesce();
}

void case_periodic(void)
{
    irq_count_begin();
    on_each(periodic);
}

/* It runs out unseen, and unmasking the entry afterwards brings nothing back. */
static void run_masked(void *arg)
{
    const unsigned index = this_cpu()->index;

    (void)arg;
    quiesce();
    irq_disable();
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, 1000);
    tap_check(timer_runs_out(), "CPU %u: the timer does not run out", index);
    tap_check(!lapic_bit(LAPIC_IRR, VECTOR_TIMER), "CPU %u: requested by a masked timer", index);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
    irq_enable();
    delay_us(QUIET_US);
    CHECK_EQ(irq_count(index, VECTOR_TIMER), 0);
    quiesce();
}

void case_masked_timer(void)
{
    irq_count_begin();
    on_each(run_masked);
}
