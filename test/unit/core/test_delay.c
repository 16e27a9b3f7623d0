/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting by a TSC that the guest has written, and measuring its rate. */
#include "core/host/delay.h"

#include "../test.h"
#include "core/host/x86_insn.h"

#define STEP     1000
#define TICKS    1000000 /* more than any wait here, before the rate is measured */
#define PIT_HZ   1193182
#define STALE    0x1234 /* what the counter holds until the PIT has loaded its count */
#define ACCESSES 8      /* of ports, in a microsecond */

static uint64_t tsc, step = STEP;
static unsigned readings;

static struct {
    uint64_t mhz; /* of the TSC */
    bool stuck;
    uint64_t loaded; /* the TSC then */
    uint16_t latch;
    bool high;
    unsigned accesses;
    unsigned stop; /* the access after which the host takes the CPU away */
} pit = {.mhz = 1};

uint64_t rdtsc(void)
{
    readings++;
    tsc += step;
    return tsc;
}

static void one_access(void)
{
    pit.accesses++;
    tsc += pit.mhz / ACCESSES;
    if (pit.accesses == pit.stop)
        tsc += 20000 * pit.mhz;
}

static uint16_t counter(void)
{
    const uint64_t passed = (tsc - pit.loaded) * PIT_HZ / (pit.mhz * 1000000);

    return pit.stuck || passed < 1 ? STALE : (uint16_t)(0xFFFF - (passed - 1));
}

uint8_t inb(uint16_t port)
{
    one_access();
    if (port != 0x42)
        return 0;
    pit.high = !pit.high;
    return (uint8_t)(pit.high ? pit.latch : pit.latch >> 8);
}

void outb(uint16_t port, uint8_t value)
{
    one_access();
    if (port == 0x43 && value == 0x80)
        pit.latch = counter();
    if (port == 0x42)
        pit.loaded = tsc;
}

/* Returns how many microseconds a wait of 100 takes after a measurement. */
static uint64_t measured(uint64_t mhz)
{
    uint64_t before;

    tsc = 0;
    step = 1;
    pit.mhz = mhz;
    pit.accesses = 0;
    delay_calibrate();
    before = tsc;
    delay_us(100);
    return (tsc - before) / mhz;
}

static void measures(void)
{
    static const uint64_t rates[] = {20, 133, 1000, 2100, 3700, 6000};

    for (unsigned i = 0; i < ARRAY_SIZE(rates); i++) {
        const uint64_t us = measured(rates[i]);

        CHECK(us >= 100);
        CHECK(us <= 101);
        CHECK(pit.accesses < 150);
    }
}

static void is_stopped(void)
{
    for (pit.stop = 1; pit.stop < 150; pit.stop++) {
        const uint64_t us = measured(2100);

        CHECK(us >= 100);
        CHECK(us <= 101);
    }
    pit.stop = 0;
}

/* Too long a wait is harmless, and the measurement ends. */
static void gives_up(void)
{
    const uint64_t us = measured(1000);

    pit.stuck = true;
    CHECK_EQ(measured(1000), us);
    CHECK(pit.accesses < 100);
    pit.stuck = false;
}

static unsigned readings_of_a_wait(uint64_t from)
{
    tsc = from;
    step = STEP;
    readings = 0;
    delay_us(100);
    CHECK(readings < TICKS);
    return readings;
}

static void wraps(void)
{
    const unsigned usual = readings_of_a_wait(0);

    CHECK(usual > 2);
    for (uint64_t before = STEP; before < 500 * STEP; before += STEP / 2)
        CHECK_EQ(readings_of_a_wait(0 - before), usual);
}

int main(void)
{
    TEST_RUN(wraps);
    TEST_RUN(measures);
    TEST_RUN(is_stopped);
    TEST_RUN(gives_up);
    return test_done();
}
