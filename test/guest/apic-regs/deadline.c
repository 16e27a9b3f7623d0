/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer's TSC-deadline mode ("TSC-Deadline Mode"). */
#include "apic-regs/cases.h"

#define LEAF1_TSC_DEADLINE BIT32(24) /* ECX */
#define VECTOR_DEADLINE    (VECTOR_TEST + 0x21)
#define SOON_US            1000
#define QUIET_US           3000
#define NEVER              (UINT64_MAX / 2)
#define COUNT              0x4000

static bool has_deadline(void)
{
    if (cpuid(1, 0).ecx & LEAF1_TSC_DEADLINE)
        return true;
    tap_skip("this CPU has no such mode");
    return false;
}

static uint64_t soon(void)
{
    return rdtsc() + SOON_US * clock_tsc_khz() / 1000;
}

static unsigned seen(void)
{
    return irq_count(this_cpu()->index, VECTOR_DEADLINE);
}

static void check_quiet(const char *what, unsigned want)
{
    delay_us(QUIET_US);
    tap_check(seen() == want, "CPU %u: %s: %u interrupts, want %u", this_cpu()->index, what, seen(),
              want);
}

static void check_fires(const char *what, uint64_t deadline)
{
    unsigned before = seen();

    wrmsr(MSR_TSC_DEADLINE, deadline);
    tap_check(irq_count_wait(this_cpu()->index, VECTOR_DEADLINE, before + 1),
              "CPU %u: %s: no interrupt", this_cpu()->index, what);
    tap_check(rdtsc() >= deadline, "CPU %u: %s: too early", this_cpu()->index, what);
    if (!differs(DEADLINE_STAYS))
        CHECK_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
    check_quiet(what, before + 1);
}

static void use_deadlines(void *arg)
{
    uint64_t deadline;
    unsigned before;

    (void)arg;
    quiesce();
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_DEADLINE | VECTOR_DEADLINE);
    CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
    check_quiet("no deadline", 0);
    check_fires("a deadline to come", soon());
    check_fires("a deadline that has passed", 1);
    check_fires("a deadline that is now", rdtsc());

    deadline = soon();
    wrmsr(MSR_TSC_DEADLINE, NEVER);
    CHECK_EQ(rdmsr(MSR_TSC_DEADLINE), NEVER);
    check_fires("a deadline instead of another", deadline);

    wrmsr(MSR_TSC_DEADLINE, soon());
    wrmsr(MSR_TSC_DEADLINE, 0);
    CHECK_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
    check_quiet("disarmed by 0", seen());

    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_DEADLINE | LAPIC_LVT_MASKED | VECTOR_DEADLINE);
    before = seen();
    wrmsr(MSR_TSC_DEADLINE, soon());
    check_quiet("masked", before);
    quiesce();
}

void case_deadline(void)
{
    if (!has_deadline())
        return;
    irq_count_begin();
    on_each(use_deadlines);
}

/* Each mode's way to arm the timer is nothing in the other, and a change of mode disarms it. */
static void change_modes(void *arg)
{
    uint32_t deadline_mode = LAPIC_TIMER_DEADLINE | VECTOR_DEADLINE;

    (void)arg;
    quiesce();
    lapic_write(LAPIC_LVT_TIMER, deadline_mode);
    lapic_write(LAPIC_TIMER_INITIAL, COUNT);
    tap_check(lapic_read(LAPIC_TIMER_INITIAL) == 0, "CPU %u: an initial count of 0x%x is kept",
              this_cpu()->index, lapic_read(LAPIC_TIMER_INITIAL));
    CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_DEADLINE);
    tap_check(lapic_read(LAPIC_TIMER_INITIAL) == 0 && lapic_read(LAPIC_TIMER_CURRENT) == 0,
              "CPU %u: one-shot after it with count 0x%x of 0x%x", this_cpu()->index,
              lapic_read(LAPIC_TIMER_CURRENT), lapic_read(LAPIC_TIMER_INITIAL));

    wrmsr(MSR_TSC_DEADLINE, 1);
    check_quiet("a deadline in one-shot mode", 0);
    CHECK_EQ(rdmsr(MSR_TSC_DEADLINE), 0);

    lapic_write(LAPIC_LVT_TIMER, deadline_mode);
    wrmsr(MSR_TSC_DEADLINE, soon());
    lapic_write(LAPIC_LVT_TIMER, VECTOR_DEADLINE);
    check_quiet("a deadline and then one-shot mode", seen());
    lapic_write(LAPIC_LVT_TIMER, deadline_mode);
    check_quiet("and back", seen());

    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | VECTOR_DEADLINE);
    lapic_write(LAPIC_TIMER_INITIAL, COUNT);
    lapic_write(LAPIC_LVT_TIMER, deadline_mode);
    CHECK_EQ(lapic_read(LAPIC_TIMER_CURRENT), 0);
    check_quiet("a count and then deadline mode", seen());
    quiesce();
}

void case_deadline_modes(void)
{
    if (!has_deadline())
        return;
    irq_count_begin();
    on_each(change_modes);
}
