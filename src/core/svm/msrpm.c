/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR permission map as an object; see msrpm.h. No state. */
#include "core/svm/msrpm.h"

#define RANGE_MSRS  UINT32_C(0x2000)
#define RANGE_BYTES (RANGE_MSRS / 4)

/* Sets the bits of the `n`th MSR of a range that is at `range`. */
static void set(uint8_t *range, uint32_t n, unsigned exits)
{
    unsigned shift = n % 4 * 2;

    range[n / 4] = (uint8_t)((range[n / 4] & ~(3U << shift)) | exits << shift);
}

void msrpm_set(struct msrpm *m, uint32_t first, uint32_t last, bool read_exits, bool write_exits)
{
    static const uint32_t firsts[] = {0, 0xC0000000, 0xC0010000};
    unsigned exits = (read_exits ? 1U : 0U) | (write_exits ? 2U : 0U);

    for (unsigned i = 0; i < ARRAY_SIZE(firsts); i++) {
        uint32_t n = first > firsts[i] ? first - firsts[i] : 0;

        for (; n < RANGE_MSRS && firsts[i] + n <= last; n++)
            set(&m->bits[(size_t)i * RANGE_BYTES], n, exits);
    }
}
