/* SPDX-License-Identifier: GPL-2.0-only */
/* The test window: 512 pages of virtual addresses that cases map as they need, for all CPUs. */
#ifndef GUEST_LIB_WINDOW_H
#define GUEST_LIB_WINDOW_H

#include <lapwing/types.h>

#define WINDOW_PAGES 512

#define WINDOW_WRITE BIT(1)
#define WINDOW_USER  BIT(2)
#define WINDOW_UC    (BIT(3) | BIT(4))

/*
 * Maps page `index` to `gpa` and returns its virtual address. Flushes only the calling CPU's TLB.
 */
uint64_t window_map(unsigned index, gpa_t gpa, uint64_t flags);
void window_unmap(unsigned index);
uint64_t window_va(unsigned index);
/* The page-table entry itself, for cases that change it without a flush. */
uint64_t *window_entry(unsigned index);

#endif
