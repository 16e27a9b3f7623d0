/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of the guest's page tables; see gwalk.h. The paging modes differ in the number of
 * levels, the size of an entry, and where large pages may end the walk. No state. (AMD APM Vol. 2,
 * "Page Translation and Protection"; Intel SDM Vol. 3A, "Paging")
 */
#include "core/insn/gwalk.h"

#include <lapwing/errno.h>

#include "core/host/x86.h"

#define CR4_PSE BIT(4)

#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY    BIT(6)
#define PTE_PS       BIT(7)
#define PTE_NX       BIT(63)

/* Do the rights that all entries on the way have allow the access? */
static bool allows(const struct gwalk *walk, uint64_t rights)
{
    const bool to_user = rights & GWALK_USER;
    const bool read_only = (walk->access & GWALK_WRITE) && !(rights & GWALK_WRITE);

    if (walk->access & GWALK_USER)
        return to_user && !read_only;
    if (to_user && (walk->cr4 & CR4_SMAP) && !walk->ac)
        return false;
    return !read_only || !(walk->cr0 & CR0_WP);
}

/* Reads the entry of `size` bytes at `gpa`. */
static int read_entry(const struct gwalk *walk, gpa_t gpa, size_t size, uint64_t *entry)
{
    *entry = 0;
    return walk->read(walk->context, gpa, entry, size) || !(*entry & GWALK_PRESENT) ? -EFAULT : 0;
}

/* Sets the accessed bit of an entry that leads on. */
static int mark(const struct gwalk *walk, gpa_t gpa, uint64_t entry, uint64_t bits)
{
    if (!walk->mark || (entry & bits) == bits)
        return 0;
    return walk->mark(walk->context, gpa, (uint8_t)entry, (uint8_t)bits);
}

/* Ends a walk with the entry that maps the page. */
static int finish(const struct gwalk *walk, gpa_t gpa, uint64_t entry, uint64_t rights)
{
    if (walk->mark && !allows(walk, rights))
        return -EPERM;
    return mark(walk, gpa, entry, PTE_ACCESSED | (walk->access & GWALK_WRITE ? PTE_DIRTY : 0));
}

enum paging { PAGING_NONE, PAGING_32, PAGING_PAE, PAGING_LONG };

static enum paging paging_mode(const struct gwalk *walk)
{
    if (!(walk->cr0 & CR0_PG))
        return PAGING_NONE;
    if (!(walk->cr4 & CR4_PAE))
        return PAGING_32;
    return walk->efer & EFER_LMA ? PAGING_LONG : PAGING_PAE;
}

/*
 * Sets *gpa to the address field from bit `low` up. -EINVAL: a bit at or above MAXPHYADDR is set.
 */
static int entry_address(const struct gwalk *walk, uint64_t entry, unsigned low, gpa_t *gpa)
{
    unsigned bits = walk->phys_bits == 0 || walk->phys_bits > 52 ? 52 : walk->phys_bits;

    *gpa = entry & GENMASK(51, low);
    return *gpa >> bits ? -EINVAL : 0;
}

static int translate_32(const struct gwalk *walk, uint64_t linear, gpa_t *gpa)
{
    gpa_t at = (walk->cr3 & GENMASK(31, 12)) | (linear >> 22) << 2;
    uint64_t entry, rights;
    int err = read_entry(walk, at, sizeof(uint32_t), &entry);

    if (err)
        return err;
    rights = entry;
    if ((entry & PTE_PS) && (walk->cr4 & CR4_PSE)) {
        /* PSE-36: bits 20:13 are address bits 39:32, bit 21 is reserved. */
        if (entry & BIT(21))
            return -EINVAL;
        *gpa =
            (entry & GENMASK(31, 22)) | (entry & GENMASK(20, 13)) << 19 | (linear & GENMASK(21, 0));
        err = entry_address(walk, *gpa, 0, gpa);
        return err ? err : finish(walk, at, entry, rights);
    }
    err = mark(walk, at, entry, PTE_ACCESSED);
    at = (entry & GENMASK(31, 12)) | ((linear >> 12) & 0x3FF) << 2;
    if (err || (err = read_entry(walk, at, sizeof(uint32_t), &entry)))
        return err;
    *gpa = (entry & GENMASK(31, 12)) | (linear & GENMASK(11, 0));
    return finish(walk, at, entry, rights & entry);
}

/*
 * Is a bit of the entry reserved and set? The entry maps a page of 2 MiB or 1 GiB if `large` is
 * set. PS is reserved in tables above, and NX without EFER.NXE.
 */
static bool is_malformed(const struct gwalk *walk, uint64_t entry, unsigned shift, bool large,
                         bool may_be_large)
{
    if ((entry & PTE_NX) && !(walk->efer & EFER_NXE))
        return true;
    return large && (!may_be_large || (entry & GENMASK(shift - 1, 13)));
}

/*
 * Walks 8-byte entries: 3 levels for PAE, 4 or 5 in long mode. A PAE CPU loads its four PDPTEs when
 * CR3 is written. Here they are read from memory; they differ only if the guest has changed them
 * since, which no known system does. A PDPTE has no access rights and no accessed bit.
 */
static int translate_64(const struct gwalk *walk, uint64_t linear, bool pae, unsigned level,
                        gpa_t *gpa)
{
    gpa_t table = walk->cr3 & (pae ? GENMASK(31, 5) : GENMASK(51, 12));
    uint64_t rights = ~UINT64_C(0);

    for (; level > 0; level--) {
        const unsigned shift = 12 + 9 * (level - 1);
        const gpa_t at = table + ((linear >> shift) & 0x1FF) * 8;
        const bool is_pdpte = pae && level == 3;
        uint64_t entry;
        int err = read_entry(walk, at, sizeof(entry), &entry);
        const bool large = level > 1 && (entry & PTE_PS), leaf = large || level == 1;

        if (err)
            return err;
        if (is_malformed(walk, entry, shift, large, level <= 3 && !is_pdpte))
            return -EINVAL;
        err = entry_address(walk, entry, leaf ? shift : 12, &table);
        if (err)
            return err;
        if (!is_pdpte)
            rights &= entry;
        if (leaf) {
            *gpa = table | (linear & GENMASK(shift - 1, 0));
            return finish(walk, at, entry, rights);
        }
        if (!is_pdpte && (err = mark(walk, at, entry, PTE_ACCESSED)))
            return err;
    }
    return -EFAULT;
}

int gwalk_translate(const struct gwalk *walk, uint64_t linear, gpa_t *gpa)
{
    enum paging mode = paging_mode(walk);
    unsigned levels = walk->cr4 & CR4_LA57 ? 5 : 4;

    if (mode == PAGING_LONG) {
        /* Canonical: all bits from the highest translated one up are equal. */
        unsigned top = 12 + 9 * levels - 1;
        uint64_t upper = linear >> top;

        if (upper != 0 && upper != ~UINT64_C(0) >> top)
            return -ERANGE;
        return translate_64(walk, linear, false, levels, gpa);
    }
    linear &= UINT32_MAX;
    switch (mode) {
    case PAGING_32:
        return translate_32(walk, linear, gpa);
    case PAGING_PAE:
        return translate_64(walk, linear, true, 3, gpa);
    default:
        *gpa = linear;
        return 0;
    }
}

int gwalk_fetch(const struct gwalk *walk, uint64_t linear, void *buf, size_t len)
{
    uint8_t *out = buf;
    size_t done = 0;

    if (len > INT32_MAX)
        len = INT32_MAX;
    while (done < len) {
        uint64_t at = linear + done;
        size_t chunk = PAGE_SIZE - (at & ~PAGE_MASK);
        gpa_t gpa;

        if (chunk > len - done)
            chunk = len - done;
        if (gwalk_translate(walk, at, &gpa) || walk->read(walk->context, gpa, out + done, chunk))
            break;
        done += chunk;
    }
    return done || len == 0 ? (int)done : -EFAULT;
}
