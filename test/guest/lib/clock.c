/* SPDX-License-Identifier: GPL-2.0-only */
/* Time by the TSC; see clock.h. State: the rate, measured once by the BSP. */
#include "clock.h"

#include "cpu_insn.h"

#define PIT_HZ         1193182
#define PIT_CHANNEL2   0x42
#define PIT_COMMAND    0x43
#define PIT_MODE0_CH2  0xB0 /* low and high byte, interrupt on terminal count */
#define PORT_B         0x61
#define PORT_B_GATE2   0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT2    0x20
#define CALIBRATION_MS 20
#define FALLBACK_KHZ   1000000

static uint64_t tsc_khz = FALLBACK_KHZ;

void clock_init(void)
{
    uint16_t ticks = PIT_HZ * CALIBRATION_MS / 1000;

    outb(PORT_B, (uint8_t)((inb(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE2));
    outb(PIT_COMMAND, PIT_MODE0_CH2);
    outb(PIT_CHANNEL2, (uint8_t)ticks);
    outb(PIT_CHANNEL2, (uint8_t)(ticks >> 8));

    uint64_t start = rdtsc();

    for (unsigned i = 0; i < 10000000; i++)
        if (inb(PORT_B) & PORT_B_OUT2)
            break;
    tsc_khz = (rdtsc() - start) / CALIBRATION_MS;
    if (tsc_khz < 1000)
        tsc_khz = FALLBACK_KHZ;
}

uint64_t clock_tsc_khz(void)
{
    return tsc_khz;
}

uint64_t clock_us(void)
{
    uint64_t tsc = rdtsc();

    return tsc / tsc_khz * 1000 + tsc % tsc_khz * 1000 / tsc_khz;
}

void delay_us(uint64_t us)
{
    uint64_t end = clock_us() + us;

    while (clock_us() < end)
        cpu_pause();
}
