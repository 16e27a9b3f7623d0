/* SPDX-License-Identifier: GPL-2.0-only */
/* Delays by the TSC, calibrated against the PIT. State: tsc_per_ms, set once by the boot CPU. */
#include "core/host/delay.h"

#include "core/host/x86_insn.h"

#define PIT_HZ         1193182
#define PIT_CHANNEL2   0x42
#define PIT_COMMAND    0x43
#define PIT_CH2_MODE0  0xB0 /* channel 2, both bytes, mode 0: counts down, and on after 0 */
#define PIT_CH2_LATCH  0x80
#define PORT_B         0x61
#define PORT_B_GATE2   0x01
#define PORT_B_SPEAKER 0x02

#define MEASURED_COUNTS  (PIT_HZ / 1000) /* at least; the error is of two port accesses */
#define MEASUREMENTS     3
#define FIRST_WAIT       10000 /* of the TSC; the PIT has loaded its count by then */
#define WAIT_MAX         (FIRST_WAIT << 16)
#define TSC_PER_MS_GUESS 3000000 /* if the PIT never counts; too long a delay is harmless */

static uint64_t tsc_per_ms = TSC_PER_MS_GUESS;

/* The guest may have written any value to the TSC, so that it wraps meanwhile. */
static void wait_since(uint64_t start, uint64_t ticks)
{
    while (rdtsc() - start < ticks)
        pause();
}

static uint16_t pit_counter(void)
{
    uint8_t low;

    outb(PIT_COMMAND, PIT_CH2_LATCH);
    low = inb(PIT_CHANNEL2);
    return (uint16_t)(inb(PIT_CHANNEL2) << 8 | low);
}

/*
 * Under a hypervisor each access of a port is an exit. So the counter is read few times, each time
 * after twice the time. The TSC is read outside of the counter's readings: what comes between makes
 * delays longer, not shorter. So does one count less, which may have been nearly over. Returns the
 * TSC's ticks in a millisecond, or 0 if the PIT does not count.
 */
static uint64_t measured(void)
{
    uint64_t start = rdtsc(), ticks, wait = FIRST_WAIT;
    uint16_t first, counts;

    wait_since(start, FIRST_WAIT);
    start = rdtsc();
    first = pit_counter();
    do {
        wait_since(start, wait);
        counts = (uint16_t)(first - pit_counter());
        ticks = rdtsc() - start;
        wait *= 2;
    } while (counts < MEASURED_COUNTS && wait <= WAIT_MAX);
    return counts >= MEASURED_COUNTS ? ticks * PIT_HZ / (counts - 1U) / 1000 + 1 : 0;
}

/* A host that is busy may stop this CPU between two readings: the shortest measurement is the best. */
static void measure(void)
{
    uint64_t shortest = measured();

    for (unsigned i = 1; i < MEASUREMENTS && shortest != 0; i++) {
        const uint64_t again = measured();

        shortest = again < shortest ? again : shortest;
    }
    if (shortest != 0)
        tsc_per_ms = shortest;
}

void delay_calibrate(void)
{
    const uint8_t port_b = inb(PORT_B);

    outb(PORT_B, (uint8_t)((port_b & ~PORT_B_SPEAKER) | PORT_B_GATE2));
    outb(PIT_COMMAND, PIT_CH2_MODE0);
    outb(PIT_CHANNEL2, 0xFF);
    outb(PIT_CHANNEL2, 0xFF);
    measure();
    outb(PORT_B, port_b);
}

void delay_since(uint64_t start, uint64_t us)
{
    wait_since(start, us * tsc_per_ms / 1000 + 1);
}

void delay_us(uint64_t us)
{
    delay_since(rdtsc(), us);
}
