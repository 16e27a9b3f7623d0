/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several lines at one CPU. A physical EOI ends the highest interrupt in service, whichever one the
 * guest meant. Under apicv the order of the guest's EOIs and of the physical ones can differ.
 */
#include "device-irq/cases.h"

#define ROUNDS 100

static atomic_bool failed; /* in a handler, where nothing is printed */

static void expect(bool ok)
{
    if (!ok)
        atomic_store(&failed, true);
}

static void begin(unsigned cpu, void (*in_uart)(void), void (*in_keyboard)(void))
{
    atomic_store(&failed, false);
    line_arm(&uart, ARM_LEVEL, cpu)->during = in_uart;
    line_arm(&keyboard, ARM_LEVEL, cpu)->during = in_keyboard;
    line_arm(&timer, ARM_EDGE, cpu);
}

static void end(unsigned uarts, unsigned keys, unsigned timers)
{
    tap_check(!atomic_load(&failed), "a handler waited in vain, or was interrupted by the wrong");
    line_check(&uart, uarts);
    line_check(&keyboard, keys);
    line_check(&timer, timers);
    line_disarm(&timer);
    line_disarm(&keyboard);
    line_disarm(&uart);
}

/* UART in service: the timer comes, then the keyboard. Neither ends it. */
static void take_both_higher(void)
{
    irq_enable();
    timer.raise();
    expect(line_wait(&timer, 1));
    keyboard.raise();
    expect(line_wait(&keyboard, 1));
    irq_disable();
    expect(!(io_apic_entry(keyboard.pin) & IO_APIC_REMOTE_IRR));
}

static void low_lasts(unsigned cpu)
{
    tap_next("a higher level and an edge in between, CPU %u", cpu);
    begin(cpu, take_both_higher, NULL);
    uart.raise();
    (void)line_wait(&uart, 1);
    tap_check(atomic_load(&record_of(&keyboard)->last_ended) <
                  atomic_load(&record_of(&uart)->last_ended),
              "the lower one ended first");
    end(1, 1, 1);
}

/*
 * Keyboard in service: the others wait for its EOI. Under apicv they wait in the physical LAPIC,
 * where the keyboard is in service too, and the guest's IRR does not show them.
 */
static void let_lower_wait(void)
{
    irq_enable();
    uart.raise();
    timer.raise();
    expect(leaf_lapic_is_virtual() || (line_wait_requested(&uart) && line_wait_requested(&timer)));
    delay_us(QUIET_US / 5);
    irq_disable();
    expect(!atomic_load(&record_of(&uart)->begun) && !atomic_load(&record_of(&timer)->begun));
}

static void high_lasts(unsigned cpu)
{
    tap_next("lower ones wait, CPU %u", cpu);
    begin(cpu, NULL, let_lower_wait);
    keyboard.raise();
    (void)line_wait(&keyboard, 1);
    (void)line_wait(&uart, 1);
    (void)line_wait(&timer, 1);
    tap_check(atomic_load(&record_of(&keyboard)->last_ended) <
                      atomic_load(&record_of(&timer)->first_begun) &&
                  atomic_load(&record_of(&timer)->first_begun) <
                      atomic_load(&record_of(&uart)->first_begun),
              "not in the order of priority");
    end(1, 1, 1);
}

/* UART in service, interrupts off: the keyboard's request is there when the UART's EOI comes. */
static void request_the_higher(void)
{
    if (atomic_load(&record_of(&keyboard)->begun))
        return;
    keyboard.raise();
    expect(line_wait_requested(&keyboard));
}

static void low_ends_first(unsigned cpu)
{
    tap_next("EOI of the lower one while a higher one waits, CPU %u", cpu);
    begin(cpu, request_the_higher, NULL);
    record_of(&uart)->keep = 1; /* comes again, behind the keyboard */
    uart.raise();
    (void)line_wait(&uart, 2);
    (void)line_wait(&keyboard, 1);
    tap_check(atomic_load(&record_of(&keyboard)->last_ended) <
                  atomic_load(&record_of(&uart)->last_ended),
              "the lower one came again before the higher one");
    end(2, 1, 0);
}

void case_nested(void)
{
    const unsigned cpus[] = {0, last_cpu()};

    for (unsigned i = 0; i < (last_cpu() ? 2 : 1); i++) {
        low_lasts(cpus[i]);
        high_lasts(cpus[i]);
        low_ends_first(cpus[i]);
    }
}

/* Handlers run with interrupts on, so that each order of begin and end happens. */
static void linger(void)
{
    irq_enable();
    for (unsigned i = 0; i < 20; i++)
        cpu_pause();
    irq_disable();
}

void case_both(void)
{
    const unsigned cpu = last_cpu();
    unsigned n = 0;

    tap_next("all lines, %u times, CPU %u", ROUNDS, cpu);
    begin(cpu, linger, linger);
    while (n < ROUNDS) {
        keyboard.raise();
        delay_us(UINT64_C(40) * (n % 8));
        timer.raise();
        delay_us(UINT64_C(10) * (n % 7));
        uart.raise();
        n++;
        if (!line_wait(&uart, n) || !line_wait(&keyboard, n) || !line_wait(&timer, n))
            break;
    }
    tap_check(n == ROUNDS, "round %u", n);
    end(ROUNDS, ROUNDS, ROUNDS);
}
