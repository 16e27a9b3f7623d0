/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk of the guest's page tables; see gwalk.h. The paging modes differ in the number of
 * levels, the size of an entry, and where large pages may end the walk. No state. (AMD APM Vol. 2,
 * "Page Translation and Protection"; Intel SDM Vol. 3A, "Paging")
 */
#include "core/insn/gwalk.h"

#include <lapwing/errno.h>

#define CR0_PG   BIT(31)
#define CR4_PSE  BIT(4)
#define CR4_PAE  BIT(5)
#define CR4_LA57 BIT(12)
#define EFER_LMA BIT(10)

#define PTE_PS BIT(7)

/* Does the entry allow the access? */
static bool allows(const struct gwalk *walk, uint64_t entry)
{
    const uint64_t needed = GWALK_PRESENT | walk->needed;

    return (entry & needed) == needed;
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
 * Sets *gpa to the address field from bit `low` up. -EFAULT: a bit at or above MAXPHYADDR is set.
 */
static int entry_address(const struct gwalk *walk, uint64_t entry, unsigned low, gpa_t *gpa)
{
    unsigned bits = walk->phys_bits == 0 || walk->phys_bits > 52 ? 52 : walk->phys_bits;

    *gpa = entry & GENMASK(51, low);
    return *gpa >> bits ? -EFAULT : 0;
}

static int translate_32(const struct gwalk *walk, uint64_t linear, gpa_t *gpa)
{
    gpa_t table = walk->cr3 & GENMASK(31, 12);
    uint32_t entry;

    if (walk->read(walk->context, table | (linear >> 22) << 2, &entry, sizeof(entry)) ||
        !allows(walk, entry))
        return -EFAULT;
    if ((entry & PTE_PS) && (walk->cr4 & CR4_PSE)) {
        /* PSE-36: bits 20:13 are address bits 39:32, bit 21 is reserved. */
        if (entry & BIT(21))
            return -EFAULT;
        *gpa =
            (entry & GENMASK(31, 22)) | (entry & GENMASK(20, 13)) << 19 | (linear & GENMASK(21, 0));
        return entry_address(walk, *gpa, 0, gpa);
    }
    table = entry & GENMASK(31, 12);
    if (walk->read(walk->context, table | ((linear >> 12) & 0x3FF) << 2, &entry, sizeof(entry)) ||
        !allows(walk, entry))
        return -EFAULT;
    *gpa = (entry & GENMASK(31, 12)) | (linear & GENMASK(11, 0));
    return 0;
}

/*
 * Walks 8-byte entries: 3 levels for PAE, 4 or 5 in long mode. A PAE CPU loads its four PDPTEs when
 * CR3 is written. Here they are read from memory; they differ only if the guest has changed them
 * since, which no known system does. A PDPTE has no access rights.
 */
static int translate_64(const struct gwalk *walk, uint64_t linear, bool pae, unsigned level,
                        gpa_t *gpa)
{
    gpa_t table = walk->cr3 & (pae ? GENMASK(31, 5) : GENMASK(51, 12));

    for (; level > 0; level--) {
        unsigned shift = 12 + 9 * (level - 1);
        uint64_t index = (linear >> shift) & 0x1FF;
        bool leaf = level == 1;
        uint64_t entry;

        if (walk->read(walk->context, table + index * 8, &entry, sizeof(entry)) ||
            !(pae && level == 3 ? entry & GWALK_PRESENT : allows(walk, entry)))
            return -EFAULT;
        if (level > 1 && (entry & PTE_PS)) {
            /* 2 MiB pages and, in long mode, 1 GiB pages. PS is reserved in all other tables. */
            if (level > 3 || (pae && level == 3))
                return -EFAULT;
            leaf = true;
            if (entry & GENMASK(shift - 1, 13))
                return -EFAULT;
        }
        if (entry_address(walk, entry, leaf ? shift : 12, &table))
            return -EFAULT;
        if (leaf) {
            *gpa = table | (linear & GENMASK(shift - 1, 0));
            return 0;
        }
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
            return -EFAULT;
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
