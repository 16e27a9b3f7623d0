/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSR permission map of SVM: two pages in which a set bit makes an MSR exit (AMD APM Vol. 2,
 * "MSR Intercepts"). Pure. MSRs outside its three ranges always exit.
 */
#ifndef CORE_SVM_MSRPM_H
#define CORE_SVM_MSRPM_H

#include <lapwing/types.h>

/*
 * 2 KiB each for the MSRs from 0, from C0000000H and from C0010000H, 2000H MSRs a range, two bits
 * an MSR: read, then write. The last 2 KiB are reserved.
 */
struct msrpm {
    uint8_t bits[2 * PAGE_SIZE];
};

void msrpm_set(struct msrpm *m, uint32_t msr, bool read_exits, bool write_exits);

#endif
