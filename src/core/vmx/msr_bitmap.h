/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSR bitmap of VMX: one page, in which a set bit makes an access exit (Intel SDM Vol. 3C,
 * "MSR-Bitmap Address"). Pure. An MSR outside of the two ranges, from 0 and from C0000000H, always
 * exits.
 */
#ifndef CORE_VMX_MSR_BITMAP_H
#define CORE_VMX_MSR_BITMAP_H

#include <lapwing/types.h>

/* Each half has 1 KiB for MSRs 0 to 1FFFH, then 1 KiB for C0000000H to C0001FFFH. */
struct msr_bitmap {
    uint8_t read[2048];
    uint8_t write[2048];
};
_Static_assert(sizeof(struct msr_bitmap) == PAGE_SIZE, "MSR bitmap is one page");

/*
 * Says which accesses to the MSRs from `first` to `last` exit. Does nothing for those outside of
 * the ranges.
 */
void msr_bitmap_set(struct msr_bitmap *b, uint32_t first, uint32_t last, bool read_exits,
                    bool write_exits);

#endif
