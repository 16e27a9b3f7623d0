/* SPDX-License-Identifier: GPL-2.0-only */
/* Delays by the TSC, calibrated against the PIT. State: tsc_per_us, set once by the boot CPU. */
#include "core/host/delay.h"

#include "core/host/x86_insn.h"

#define PIT_HZ         1193182
#define PIT_CHANNEL2   0x42
#define PIT_COMMAND    0x43
#define PIT_CH2_MODE0  0xB0 /* channel 2, both bytes, mode 0: OUT rises at terminal count */
#define PORT_B         0x61
#define PORT_B_GATE2   0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT2    0x20

#define CALIBRATE_MS     5
#define CALIBRATE_SPINS  10000000
#define TSC_PER_US_GUESS 3000 /* if the PIT never counts; too long a delay is harmless */

static uint64_t tsc_per_us = TSC_PER_US_GUESS;

void delay_calibrate(void)
{
    const uint16_t count = PIT_HZ / 1000 * CALIBRATE_MS;
    uint8_t port_b = inb(PORT_B);

    outb(PORT_B, (uint8_t)((port_b & ~PORT_B_SPEAKER) | PORT_B_GATE2));
    outb(PIT_COMMAND, PIT_CH2_MODE0);
    outb(PIT_CHANNEL2, count & 0xFF);
    outb(PIT_CHANNEL2, count >> 8);

    uint64_t start = rdtsc();
    unsigned spins = 0;
    while (!(inb(PORT_B) & PORT_B_OUT2) && spins < CALIBRATE_SPINS)
        spins++;
    uint64_t ticks = rdtsc() - start;
    outb(PORT_B, port_b);

    if (spins < CALIBRATE_SPINS && ticks >= CALIBRATE_MS * UINT64_C(1000))
        tsc_per_us = ticks / (CALIBRATE_MS * UINT64_C(1000));
}

void delay_us(uint64_t us)
{
    const uint64_t start = rdtsc();

    /* The guest may have written any value to the TSC, so that it wraps meanwhile. */
    while (rdtsc() - start < us * tsc_per_us)
        pause();
}
