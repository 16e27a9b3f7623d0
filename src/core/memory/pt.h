/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Four-level page tables: Lapwing's own, and the guest's second-level tables of either vendor.
 *
 * All table pages come from one pool and are never given back: a table that exists stays, even when
 * everything in it is unmapped. Changing tables is for one CPU at a time (the caller's lock), but
 * CPUs may walk them meanwhile: each entry is written with one aligned 64-bit store, and a new
 * table is complete before anything points to it. Flushing translations is the caller's business.
 *
 * Formats:
 *   PT_HOST  x86-64 long mode, supervisor pages. EFER.NXE must be set.
 *   PT_NPT   the same with US=1 everywhere, because every guest access counts as a user access
 *            (AMD APM volume 2, "Nested Paging"). The host's EFER.NXE must be set.
 *   PT_EPT   read, write, execute in bits 0-2, memory type in bits 5:3 of a leaf (Intel SDM volume
 *            3, "The Extended Page Table Mechanism"). MTRRs have no say in guest accesses.
 */
#ifndef CORE_MEMORY_PT_H
#define CORE_MEMORY_PT_H

#include <lapwing/types.h>

enum pt_format { PT_HOST, PT_NPT, PT_EPT };

/* Without PT_R a page counts as not present, so that PT_R must be there if anything is. */
enum pt_prot { PT_NONE = 0, PT_R = 1 << 0, PT_W = 1 << 1, PT_X = 1 << 2 };
#define PT_RW  (PT_R | PT_W)
#define PT_RX  (PT_R | PT_X)
#define PT_RWX (PT_R | PT_W | PT_X)

/*
 * The manuals' encodings of MTRRs and EPT. PT_HOST and PT_NPT use the PAT entries 0-3 that every
 * CPU starts with (WB, WT, UC-, UC) and so have no WC and no WP: both become UC-, which an MTRR may
 * override with WC.
 */
enum pt_memtype { PT_UC = 0, PT_WC = 1, PT_WT = 4, PT_WP = 5, PT_WB = 6 };

/* Zeroed pages, contiguous. @base is where we see physical address @pa, page-aligned both. */
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
};

struct pt_leaf {
    hpa_t hpa;      /* of the very address looked up */
    unsigned level; /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
    unsigned prot;  /* enum pt_prot bits */
    enum pt_memtype memtype;
};

/* An empty table. -ENOMEM. */
int pt_init(struct pt *pt, enum pt_format format, bool has_1g, struct pt_pool *pool);

hpa_t pt_root_pa(const struct pt *pt);

/*
 * Map [gpa, gpa+size) to [hpa, hpa+size) with the largest pages that alignment and has_1g allow,
 * whatever was there; big pages that are partly covered are split. Where a lower table exists
 * already it is filled and not replaced.
 *
 * -EINVAL: not page-aligned, beyond 48 bits (gpa) or 52 bits (hpa), or rights without PT_R.
 * -ENOMEM: the pool is empty; the range may then be mapped in part.
 */
int pt_map(struct pt *pt, gpa_t gpa, hpa_t hpa, uint64_t size, unsigned prot,
           enum pt_memtype memtype);
/* -ENOENT when nothing is mapped there. */
int pt_lookup(const struct pt *pt, gpa_t gpa, struct pt_leaf *leaf);

/*
 * A new root @dst that shares everything with @src but the four tables on the path to @gpa, which
 * become private copies, down to 4 KiB pages. @src is not changed. Costs four pages; -ENOMEM.
 *
 * Afterwards, a pt_map() through one root is seen through the others where the tables are shared
 * only. To change a mapping for all CPUs (memory types, say), make the same call for every root;
 * it does no harm to the shared part.
 */
int pt_clone_path(struct pt *dst, const struct pt *src, gpa_t gpa);

/*
 * Rewrite one 4 KiB leaf; PT_NONE unmaps it. -ENOENT when the path does not end in a 4 KiB table.
 */
int pt_set_leaf(struct pt *pt, gpa_t gpa, hpa_t hpa, unsigned prot, enum pt_memtype memtype);

#endif
