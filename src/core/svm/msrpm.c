/* SPDX-License-Identifier: GPL-2.0-only */
/* The MSR permission map as an object; see msrpm.h. No state. */
#include "core/svm/msrpm.h"

#define RANGE_MSRS  UINT32_C(0x2000)
#define RANGE_BYTES (RANGE_MSRS / 4)

void msrpm_set(struct msrpm *m, uint32_t msr, bool read_exits, bool write_exits)
{
    static const uint32_t firsts[] = {0, 0xC0000000, 0xC0010000};
    unsigned want = (read_exits ? 1U : 0U) | (write_exits ? 2U : 0U);

    for (unsigned i = 0; i < ARRAY_SIZE(firsts); i++) {
        uint32_t n = msr - firsts[i];
        uint8_t *byte = &m->bits[i * RANGE_BYTES + n % RANGE_MSRS / 4];
        unsigned shift = n % 4 * 2;

        if (n < RANGE_MSRS)
            *byte = (uint8_t)((*byte & ~(3U << shift)) | want << shift);
    }
}
