/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software walk of the guest's own page tables: guest-virtual (linear) to guest-physical addresses,
 * and fetching instruction bytes through it.
 *
 * It serves reading what a CPU has just fetched or read successfully, so it checks that entries are
 * present and well-formed, and no access rights; it sets no accessed or dirty bits. The guest may
 * change its tables meanwhile or point them anywhere: the walk has a fixed depth and reads only
 * through the callback.
 */
#ifndef CORE_INSN_GWALK_H
#define CORE_INSN_GWALK_H

#include <lapwing/types.h>

struct gwalk {
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t efer;
    unsigned phys_bits; /* MAXPHYADDR; 0 means the architectural limit of 52 */
    /*
     * Reads `len` bytes (1..4096) of guest-physical memory at `gpa`, never across a 4 KiB boundary.
     * Returns 0, or a negative errno if that is no memory.
     */
    int (*read)(void *context, gpa_t gpa, void *buf, size_t len);
    void *context;
};

/*
 * Translates one linear address. -EFAULT: not mapped, not canonical, a malformed entry, or a table
 * that lies outside memory. Outside long mode the upper half of `linear` is ignored.
 */
int gwalk_translate(const struct gwalk *walk, uint64_t linear, gpa_t *gpa);

/*
 * Reads up to `len` bytes at `linear`, across pages. Returns how many it got before the first page
 * that cannot be read; -EFAULT if that is none.
 */
int gwalk_fetch(const struct gwalk *walk, uint64_t linear, void *buf, size_t len);

#endif
