/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSR permission map of SVM: two pages in which a set bit makes an access exit (AMD APM Vol. 2,
 * "MSR Intercepts"). Pure. An MSR outside of the three ranges always exits.
 */
#ifndef CORE_SVM_MSRPM_H
#define CORE_SVM_MSRPM_H

#include <lapwing/types.h>

/*
 * 2 KiB for each of the ranges from 0, C0000000H and C0010000H. A range has 2000H MSRs, with two
 * bits each: read, then write. The last 2 KiB are reserved.
 */
struct msrpm {
    uint8_t bits[2 * PAGE_SIZE];
};

/*
 * Says which accesses to the MSRs from `first` to `last` exit. Does nothing for those outside of
 * the ranges.
 */
void msrpm_set(struct msrpm *m, uint32_t first, uint32_t last, bool read_exits, bool write_exits);

#endif
