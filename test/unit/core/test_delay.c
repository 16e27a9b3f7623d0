/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting by a TSC that the guest has written. */
#include "core/host/delay.h"

#include "../test.h"
#include "core/host/x86_insn.h"

#define STEP  1000
#define TICKS 1000000 /* more than any wait here; the rate was not measured */

static uint64_t tsc;
static unsigned readings;

uint64_t rdtsc(void)
{
    readings++;
    tsc += STEP;
    return tsc;
}

uint8_t inb(uint16_t port)
{
    (void)port;
    return 0;
}

void outb(uint16_t port, uint8_t value)
{
    (void)port;
    (void)value;
}

static unsigned readings_of_a_wait(uint64_t from)
{
    tsc = from;
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
    return test_done();
}
