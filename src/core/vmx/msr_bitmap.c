/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR bitmap as an object; see msr_bitmap.h. No state. */
#include "core/vmx/msr_bitmap.h"

#define RANGE_MSRS  UINT32_C(0x2000)
#define RANGE_BYTES (RANGE_MSRS / 8)

/* Sets the bit of the `n`th MSR of a range that is at `range`. */
static void set(uint8_t *range, uint32_t n, bool on)
{
    unsigned mask = 1U << n % 8;

    range[n / 8] = (uint8_t)(on ? range[n / 8] | mask : range[n / 8] & ~mask);
}

void msr_bitmap_set(struct msr_bitmap *b, uint32_t first, uint32_t last, bool read_exits,
                    bool write_exits)
{
    static const uint32_t firsts[] = {0, 0xC0000000};

    for (unsigned i = 0; i < ARRAY_SIZE(firsts); i++) {
        uint32_t n = first > firsts[i] ? first - firsts[i] : 0;

        for (; n < RANGE_MSRS && firsts[i] + n <= last; n++) {
            set(&b->read[(size_t)i * RANGE_BYTES], n, read_exits);
            set(&b->write[(size_t)i * RANGE_BYTES], n, write_exits);
        }
    }
}
