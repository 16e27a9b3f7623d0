/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR bitmap as an object; see msr_bitmap.h. No state. */
#include "core/vmx/msr_bitmap.h"

#define RANGE      UINT32_C(0x2000)
#define HIGH_FIRST UINT32_C(0xC0000000)
#define NO_BIT     UINT32_MAX

/* Returns the number of the MSR's bit in a half, or NO_BIT. */
static uint32_t bit_of(uint32_t msr)
{
    if (msr < RANGE)
        return msr;
    if (msr - HIGH_FIRST < RANGE)
        return RANGE + (msr - HIGH_FIRST);
    return NO_BIT;
}

static void set(uint8_t half[2048], uint32_t bit, bool on)
{
    unsigned mask = 1U << bit % 8;

    half[bit / 8] = (uint8_t)(on ? half[bit / 8] | mask : half[bit / 8] & ~mask);
}

void msr_bitmap_set(struct msr_bitmap *b, uint32_t msr, bool read_exits, bool write_exits)
{
    uint32_t bit = bit_of(msr);

    if (bit == NO_BIT)
        return;
    set(b->read, bit, read_exits);
    set(b->write, bit, write_exits);
}
