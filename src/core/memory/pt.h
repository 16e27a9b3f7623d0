/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Four-level page tables: Lapwing's own, and the guest's second-level tables of either vendor.
 *
 * All tables come from one pool and are never given back: a table stays even if everything in it is
 * unmapped. One CPU at a time changes a table; the caller sees to that. Other CPUs may walk the
 * tables meanwhile: each entry is written with one aligned 64-bit store, and a new table is
 * complete before anything points to it. The caller flushes translations.
 *
 * Formats:
 *  PT_HOST  x86-64 long mode, supervisor pages. EFER.NXE must be set.
 *  PT_NPT   the same with US=1 everywhere, because every guest access counts as a user access
 *           (AMD APM Vol. 2, "Nested Paging"). The host's EFER.NXE must be set.
 *  PT_EPT   read, write, execute in bits 2:0, memory type in bits 5:3 of a leaf (Intel SDM Vol.
 *           3C, "The Extended Page Table Mechanism (EPT)"). MTRRs do not affect guest accesses.
 */
#ifndef CORE_MEMORY_PT_H
#define CORE_MEMORY_PT_H

#include <lapwing/types.h>

enum pt_format { PT_HOST, PT_NPT, PT_EPT };

/* A page without PT_R counts as not present, so any other right needs PT_R. */
enum pt_prot { PT_NONE = 0, PT_R = 1 << 0, PT_W = 1 << 1, PT_X = 1 << 2 };
#define PT_RW  (PT_R | PT_W)
#define PT_RX  (PT_R | PT_X)
#define PT_RWX (PT_R | PT_W | PT_X)

/*
 * The manuals' encodings for MTRRs and EPT. PT_HOST and PT_NPT use entries 0-3 of the PAT as every
 * CPU starts with it (WB, WT, UC-, UC). These entries lack WC and WP: both become UC-, which an
 * MTRR may override with WC.
 */
enum pt_memtype { PT_UC = 0, PT_WC = 1, PT_WT = 4, PT_WP = 5, PT_WB = 6 };

/* Zeroed, contiguous pages. Lapwing sees physical address `pa` at `base`; both are page-aligned. */
struct pt_pool {
    uint64_t *base;
    hpa_t pa;
    size_t pages;
    size_t used;
};

struct pt {
    enum pt_format format;
    bool has_1g;    /* the CPU walks 1 GiB pages in this format */
    uint64_t *root; /* for CR3, nCR3, EPTP: pt_root_pa() */
    struct pt_pool *pool;
    gpa_t set_gpa;  /* where pt_set_leaf() was last, */
    uint64_t *leaf; /* and the entry there; NULL: none, or its table may have gone */
};

struct pt_leaf {
    hpa_t hpa;      /* of the address that was looked up, offset in the page included */
    unsigned level; /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
    unsigned prot;  /* enum pt_prot bits */
    enum pt_memtype memtype;
};

/* Makes an empty table. -ENOMEM: the pool is empty. */
int pt_init(struct pt *pt, enum pt_format format, bool has_1g, struct pt_pool *pool);

/* Returns the physical address of the root, for CR3, nCR3 or the EPTP. */
hpa_t pt_root_pa(const struct pt *pt);

/*
 * Maps [gpa, gpa+size) to [hpa, hpa+size), in bytes, whatever was mapped before. The pages are the
 * largest ones that alignment and has_1g allow. A big page that is covered in part is split. A
 * lower table that exists is filled and not replaced.
 *
 * -EINVAL: not page-aligned, beyond 48 bits (gpa) or 52 bits (hpa), or rights without PT_R.
 * -ENOMEM: the pool is empty; the range may be mapped in part.
 */
int pt_map(struct pt *pt, gpa_t gpa, hpa_t hpa, uint64_t size, unsigned prot,
           enum pt_memtype memtype);

/*
 * Gives those pages of [gpa, gpa+size) that are mapped to themselves another memory type. Rights
 * stay, and so do all other pages. The range begins and ends with pages. A big page of which only a
 * part changes is split. Costs some ten instructions a page of whatever size, and a table for each
 * split.
 *
 * -ENOMEM: the pool was empty, and some big pages of which a part should change are uncached as a
 * whole; the rest is done.
 */
int pt_retype(struct pt *pt, gpa_t gpa, uint64_t size, enum pt_memtype memtype);

/* Looks `gpa` up. -ENOENT: nothing is mapped there. */
int pt_lookup(const struct pt *pt, gpa_t gpa, struct pt_leaf *leaf);

/*
 * Makes a new root `dst` that shares all tables with `src` but the four on the path to `gpa`. These
 * four become private copies, down to 4 KiB pages. `src` does not change. Uses four pages. -ENOMEM:
 * the pool is empty.
 *
 * A later pt_map() through one root is seen through the others only where the tables are shared. To
 * change a mapping for all CPUs, make the same call for every root; repeating it does no harm.
 */
int pt_clone_path(struct pt *dst, const struct pt *src, gpa_t gpa);

/*
 * Rewrites one 4 KiB leaf; PT_NONE unmaps it. -ENOENT: the path does not end in a 4 KiB table.
 * -EINVAL as of pt_map().
 */
int pt_set_leaf(struct pt *pt, gpa_t gpa, hpa_t hpa, unsigned prot, enum pt_memtype memtype);

#endif
