/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Level-triggered interrupts come once for each assertion, and again after EOI while the line is
 * up.
 */
#include "device-irq/cases.h"

#define ASSERTIONS 1000
#define KEYS       50
#define AGAIN      20

static void assert_many(const struct line *line, unsigned cpu, unsigned times)
{
    tap_next("%s %u times to CPU %u", line->name, times, cpu);
    line_arm(line, ARM_LEVEL, cpu);
    line_repeat(line, times);
    line_check(line, times);
    tap_check(atomic_load(&record_of(line)->by_cpu[cpu]) == times, "not all on CPU %u", cpu);
    line_disarm(line);
}

void case_level(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        assert_many(&uart, i, ASSERTIONS);
        assert_many(&keyboard, i, KEYS);
    }
}

/* In service with interrupts on: a higher one nests, and its EOI is not the line's. */
static void nest_an_ipi(void)
{
    unsigned before = atomic_load(&ipis);

    irq_enable();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_IPI, 0);
    (void)wait_for(&ipis, before + 1);
    delay_us(QUIET_US / 10);
    irq_disable();
}

/* Masked in the handler, as of an interrupt thread: EOI brings nothing, the thread's end does. */
static void mask_it(void)
{
    io_apic_route(uart.pin, IO_APIC_MASKED | IO_APIC_LEVEL | uart.vector, 0);
}

static void masked_meanwhile(unsigned cpu)
{
    struct record *r = line_arm(&uart, ARM_LEVEL, cpu);

    tap_next("masked meanwhile, CPU %u", cpu);
    r->keep = 1;
    r->during = mask_it;
    uart.raise();
    tap_check(line_wait(&uart, 1), "lost");
    line_check(&uart, 1);
    r->during = NULL;
    line_reroute(&uart, cpu);
    tap_check(line_wait(&uart, 2), "the line is still raised, and nothing came");
    line_check(&uart, 2);
    line_disarm(&uart);
}

void case_again(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        struct record *r;

        tap_next("CPU %u", i);
        count_ipis();
        r = line_arm(&uart, ARM_LEVEL, i);
        r->keep = AGAIN - 1;
        r->during = nest_an_ipi;
        uart.raise();
        tap_check(line_wait(&uart, AGAIN), "delivered %u times, want %u", atomic_load(&r->ended),
                  AGAIN);
        line_check(&uart, AGAIN);
        CHECK_EQ(atomic_load(&ipis), AGAIN);
        line_disarm(&uart);
        masked_meanwhile(i);
    }
}
