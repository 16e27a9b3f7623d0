/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software walk of the guest's own page tables, from linear to guest-physical addresses, and
 * fetching bytes through the walk.
 *
 * Most walks serve accesses that the CPU has just made with success. They check that entries are
 * present and well-formed, and nothing else. A walk that has `mark` does what the CPU does for an
 * access that is yet to come: it checks access rights, and sets accessed and dirty bits. The guest
 * may change its tables meanwhile, or point them anywhere: the walk has a fixed depth and touches
 * memory only through the callbacks.
 */
#ifndef CORE_INSN_GWALK_H
#define CORE_INSN_GWALK_H

#include <lapwing/types.h>

/* Bits of an entry. */
#define GWALK_PRESENT BIT(0)
#define GWALK_WRITE   BIT(1)
#define GWALK_USER    BIT(2)

struct gwalk {
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t efer;
    uint64_t access;    /* GWALK_WRITE, GWALK_USER: what kind of access is yet to come */
    bool ac;            /* RFLAGS.AC: SMAP allows supervisor accesses to user pages */
    unsigned phys_bits; /* MAXPHYADDR in bits; 0: the architectural limit of 52 */
    /*
     * Reads `len` bytes (1 to 4096) of guest-physical memory at `gpa`, never across a 4 KiB
     * boundary. Returns 0, or a negative error number if there is no memory.
     */
    int (*read)(void *context, gpa_t gpa, void *buf, size_t len);
    /*
     * Sets `bits` in the low byte of an entry, which was `low` when it was read. Returns 0, or
     * -EAGAIN if the byte has changed. NULL: the CPU has made the access already.
     */
    int (*mark)(void *context, gpa_t gpa, uint8_t low, uint8_t bits);
    void *context;
};

/*
 * Translates one linear address. Outside long mode bits 63:32 of `linear` are ignored. -EFAULT: not
 * mapped, or a table outside of memory. -EINVAL: a reserved bit is set in an entry. -ERANGE: not
 * canonical. With `mark` also -EPERM: the access is not allowed; -EAGAIN: an entry has changed.
 */
int gwalk_translate(const struct gwalk *walk, uint64_t linear, gpa_t *gpa);

/*
 * Reads up to `len` bytes at `linear`, across pages. Returns the number of bytes before the first
 * page that cannot be read. -EFAULT: there are none.
 */
int gwalk_fetch(const struct gwalk *walk, uint64_t linear, void *buf, size_t len);

#endif
