/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building and walking page tables. The formats differ only in the encoding of entries
 * (table_entry, leaf_entry, leaf_decode). The walks know levels and indexes. No state; pt.h says
 * who may call.
 */
#include "core/memory/pt.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#define ENTRIES 512U
#define LEVELS  4U

/* "4-Kbyte Page Translation - Long Mode" in the APM, "4-Level Paging" in the SDM. */
#define LM_P   BIT(0)
#define LM_RW  BIT(1)
#define LM_US  BIT(2)
#define LM_PWT BIT(3)
#define LM_PCD BIT(4)
#define LM_A   BIT(5)
#define LM_D   BIT(6)
#define LM_NX  BIT(63)

/* "Format of an EPT Page-Table Entry that Maps a 4-KByte Page". */
#define EPT_R             BIT(0)
#define EPT_W             BIT(1)
#define EPT_X             BIT(2)
#define EPT_MEMTYPE_SHIFT 3
#define EPT_MEMTYPE       GENMASK(5, 3)

/* The same in all formats. */
#define PRESENT    BIT(0)
#define ENTRY_PS   BIT(7) /* a leaf at level 2 or 3 */
#define ENTRY_ADDR GENMASK(51, 12)
#define GPA_LIMIT  BIT(48)
#define HPA_LIMIT  BIT(52)

_Static_assert(EPT_R == 1 && LM_P == 1 && PRESENT == 1, "bit 0 says whether an entry is present");
_Static_assert(PT_R == EPT_R && PT_W == EPT_W && PT_X == EPT_X, "EPT rights are enum pt_prot");
_Static_assert((PT_WB << EPT_MEMTYPE_SHIFT) == 0x30, "EPT memory type write-back");
_Static_assert(ENTRY_ADDR == UINT64_C(0x000ffffffffff000), "physical address in an entry");

static uint64_t level_size(unsigned level)
{
    return PAGE_SIZE << (9 * (level - 1));
}

static unsigned level_index(gpa_t gpa, unsigned level)
{
    return (unsigned)(gpa >> (PAGE_SHIFT + 9 * (level - 1))) & (ENTRIES - 1);
}

static void store_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

/* Pool -------------------------------------------------------------------------------------- */

static uint64_t *alloc_table(struct pt_pool *pool)
{
    if (pool->used == pool->pages)
        return NULL;
    return pool->base + ENTRIES * pool->used++;
}

static hpa_t table_pa(const struct pt *pt, const uint64_t *table)
{
    return pt->pool->pa + (uint64_t)(table - pt->pool->base) * sizeof(uint64_t);
}

static uint64_t *entry_table(const struct pt *pt, uint64_t entry)
{
    return pt->pool->base + ((entry & ENTRY_ADDR) - pt->pool->pa) / sizeof(uint64_t);
}

/* Encoding ---------------------------------------------------------------------------------- */

static bool is_present(const struct pt *pt, uint64_t entry)
{
    return entry & (pt->format == PT_EPT ? EPT_R : LM_P);
}

static bool is_table(const struct pt *pt, uint64_t entry, unsigned level)
{
    return level > 1 && is_present(pt, entry) && !(entry & ENTRY_PS);
}

/* An entry that points to a table allows everything: the leaf decides. */
static uint64_t table_entry(const struct pt *pt, const uint64_t *table)
{
    uint64_t entry = table_pa(pt, table);

    switch (pt->format) {
    case PT_EPT:
        return entry | EPT_R | EPT_W | EPT_X;
    case PT_NPT:
        return entry | LM_P | LM_RW | LM_US | LM_A;
    case PT_HOST:
    default:
        return entry | LM_P | LM_RW | LM_A;
    }
}

/* PWT and PCD select entries 0-3 of the PAT: WB, WT, UC-, UC. */
static uint64_t lm_memtype(enum pt_memtype memtype)
{
    switch (memtype) {
    case PT_WB:
        return 0;
    case PT_WT:
        return LM_PWT;
    case PT_WC:
    case PT_WP:
        return LM_PCD;
    case PT_UC:
    default:
        return LM_PCD | LM_PWT;
    }
}

static uint64_t leaf_entry(const struct pt *pt, hpa_t hpa, unsigned level, unsigned prot,
                           enum pt_memtype memtype)
{
    uint64_t entry = hpa | (level > 1 ? ENTRY_PS : 0);

    if (prot == PT_NONE)
        return 0;
    if (pt->format == PT_EPT)
        return entry | prot | (uint64_t)memtype << EPT_MEMTYPE_SHIFT;
    /* Accessed and dirty are set already, so that no CPU has to write to the tables. */
    entry |= LM_P | LM_A | LM_D | lm_memtype(memtype);
    entry |= pt->format == PT_NPT ? LM_US : 0;
    entry |= prot & PT_W ? LM_RW : 0;
    entry |= prot & PT_X ? 0 : LM_NX;
    return entry;
}

static void leaf_decode(const struct pt *pt, uint64_t entry, struct pt_leaf *leaf)
{
    static const enum pt_memtype lm_types[4] = {PT_WB, PT_WT, PT_WC, PT_UC};

    if (pt->format == PT_EPT) {
        leaf->prot = (unsigned)(entry & (EPT_R | EPT_W | EPT_X));
        leaf->memtype = (enum pt_memtype)((entry & EPT_MEMTYPE) >> EPT_MEMTYPE_SHIFT);
        return;
    }
    leaf->prot = PT_R | (entry & LM_RW ? PT_W : 0U) | (entry & LM_NX ? 0U : PT_X);
    leaf->memtype = lm_types[(entry & (LM_PCD | LM_PWT)) / LM_PWT];
}

/* Fills an unused `table` with what the big page `entry` at `level` maps. */
static void fill_split(uint64_t *table, uint64_t entry, unsigned level)
{
    if (level == 2)
        entry &= ~ENTRY_PS; /* that bit of a 4 KiB leaf means something else */
    for (unsigned i = 0; i < ENTRIES; i++)
        store_entry(&table[i], entry + i * level_size(level - 1));
}

/* Changing ---------------------------------------------------------------------------------- */

/*
 * Returns the table below `entry` of a table at `level`, made if need be. NULL: the pool is empty.
 */
static uint64_t *lower_table(struct pt *pt, uint64_t *entry, unsigned level)
{
    uint64_t *table;

    if (is_table(pt, *entry, level))
        return entry_table(pt, *entry);
    table = alloc_table(pt->pool);
    if (!table)
        return NULL;
    if (is_present(pt, *entry))
        fill_split(table, *entry, level);
    store_entry(entry, table_entry(pt, table));
    return table;
}

/* Can the page at `gpa` become, or be emptied as, one whole entry at `level`? */
static bool fits(const struct pt *pt, uint64_t entry, unsigned level, gpa_t gpa, hpa_t hpa,
                 uint64_t size)
{
    unsigned largest = pt->has_1g ? 3 : 2;

    return level == 1 ||
           (level <= largest && !is_table(pt, entry, level) && size >= level_size(level) &&
            ((gpa | hpa) & (level_size(level) - 1)) == 0);
}

static int change(struct pt *pt, gpa_t gpa, hpa_t hpa, uint64_t size, unsigned prot,
                  enum pt_memtype memtype)
{
    if (((gpa | hpa | size) & ~PAGE_MASK) || gpa > GPA_LIMIT || size > GPA_LIMIT - gpa ||
        hpa > HPA_LIMIT || size > HPA_LIMIT - hpa)
        return -EINVAL;

    uint64_t *table = pt->root;
    unsigned level = LEVELS;
    while (size > 0) {
        uint64_t *entry = &table[level_index(gpa, level)];
        uint64_t step;

        while (!fits(pt, *entry, level, gpa, hpa, size)) {
            if (prot == PT_NONE && !is_present(pt, *entry))
                break; /* nothing is mapped: a table is not needed */
            table = lower_table(pt, entry, level);
            if (!table)
                return -ENOMEM;
            level--;
            entry = &table[level_index(gpa, level)];
        }
        store_entry(entry, leaf_entry(pt, hpa, level, prot, memtype));
        step = level_size(level) - (gpa & (level_size(level) - 1));
        step = step < size ? step : size;
        gpa += step;
        hpa += step;
        size -= step;
        if (!(gpa & (level_size(level + 1) - 1))) { /* the end of this table */
            table = pt->root;
            level = LEVELS;
        }
    }
    return 0;
}

int pt_map(struct pt *pt, gpa_t gpa, hpa_t hpa, uint64_t size, unsigned prot,
           enum pt_memtype memtype)
{
    return prot & PT_R ? change(pt, gpa, hpa, size, prot, memtype) : -EINVAL;
}

/* Walking ----------------------------------------------------------------------------------- */

/* Returns the entry where the walk for `gpa` ends: a leaf, or one that is not present. */
static uint64_t *walk(const struct pt *pt, gpa_t gpa, unsigned *level)
{
    uint64_t *entry = &pt->root[level_index(gpa, LEVELS)];

    *level = LEVELS;
    while (is_table(pt, *entry, *level)) {
        uint64_t *table = entry_table(pt, *entry);

        --*level;
        entry = &table[level_index(gpa, *level)];
    }
    return entry;
}

int pt_lookup(const struct pt *pt, gpa_t gpa, struct pt_leaf *leaf)
{
    uint64_t entry;

    if (gpa >= GPA_LIMIT)
        return -ENOENT;
    entry = *walk(pt, gpa, &leaf->level);
    if (!is_present(pt, entry))
        return -ENOENT;
    leaf->hpa = (entry & ENTRY_ADDR) + (gpa & (level_size(leaf->level) - 1));
    leaf_decode(pt, entry, leaf);
    return 0;
}

/* Out of line: the leaf is mostly the remembered one. */
static __attribute__((noinline)) int find_leaf_and_set(struct pt *pt, gpa_t gpa, hpa_t hpa,
                                                       unsigned prot, enum pt_memtype memtype)
{
    unsigned level;
    uint64_t *entry;

    if (gpa >= GPA_LIMIT)
        return -EINVAL;
    entry = walk(pt, gpa, &level);
    if (level != 1)
        return -ENOENT;
    pt->leaf = entry;
    pt->set_gpa = gpa;
    store_entry(entry, leaf_entry(pt, hpa, 1, prot, memtype));
    return 0;
}

int pt_set_leaf(struct pt *pt, gpa_t gpa, hpa_t hpa, unsigned prot, enum pt_memtype memtype)
{
    if ((hpa & ~ENTRY_ADDR) || (prot != PT_NONE && !(prot & PT_R)))
        return -EINVAL;
    if (!pt->leaf || pt->set_gpa != gpa)
        return find_leaf_and_set(pt, gpa, hpa, prot, memtype);
    store_entry(pt->leaf, leaf_entry(pt, hpa, 1, prot, memtype));
    return 0;
}

/* Retyping ---------------------------------------------------------------------------------- */

/* The bits of a leaf that tell its memory type, and what they are to be. */
struct type_bits {
    uint64_t mask, value;
};

static struct type_bits type_bits(const struct pt *pt, enum pt_memtype memtype)
{
    if (pt->format == PT_EPT)
        return (struct type_bits){EPT_MEMTYPE, (uint64_t)memtype << EPT_MEMTYPE_SHIFT};
    return (struct type_bits){LM_PCD | LM_PWT, lm_memtype(memtype)};
}

/* Goes over `count` entries, the first of which maps `gpa`, or to one that points to a table. */
static uint64_t retype_entries(uint64_t *entry, uint64_t count, uint64_t page, gpa_t gpa,
                               const struct type_bits *type)
{
    const uint64_t mask = type->mask, value = type->value;
    const uint64_t table = page == PAGE_SIZE ? ~UINT64_C(0) : PRESENT; /* a leaf has PS, too */
    uint64_t *const end = entry + count, *at = entry;

    for (; at < end && (*at & (PRESENT | ENTRY_PS)) != table; at++, gpa += page) {
        const uint64_t old = *at;

        if ((old & mask) != value && (old & (ENTRY_ADDR | PRESENT)) == (gpa | PRESENT))
            store_entry(at, (old & ~mask) | value);
    }
    return (uint64_t)(at - entry);
}

/*
 * Goes on from `entry`, which maps `gpa`, to the end of its table, of the range or of entries that
 * are leaves. Returns the address behind them.
 */
static gpa_t retype_whole(uint64_t *entry, unsigned level, gpa_t gpa, gpa_t end,
                          const struct type_bits *type)
{
    const uint64_t page = level_size(level);
    uint64_t count = ENTRIES - level_index(gpa, level);

    if ((end - gpa) / page < count)
        count = (end - gpa) / page;
    return gpa + page * retype_entries(entry, count, page, gpa, type);
}

/*
 * Gets at the part of a big page that changes: splits the page, or makes it uncached as a whole.
 * Returns the address from which on to continue.
 */
static gpa_t retype_part(struct pt *pt, uint64_t *entry, unsigned level, gpa_t gpa,
                         const struct type_bits *type, int *err)
{
    const gpa_t first = ALIGN_DOWN(gpa, level_size(level)), next = first + level_size(level);
    const struct type_bits uncached = type_bits(pt, PT_UC);

    if (!is_present(pt, *entry) || (*entry & type->mask) == type->value)
        return next;
    if (lower_table(pt, entry, level))
        return gpa;
    retype_entries(entry, 1, level_size(level), first, &uncached);
    *err = -ENOMEM;
    return next;
}

int pt_retype(struct pt *pt, gpa_t gpa, uint64_t size, enum pt_memtype memtype)
{
    const struct type_bits type = type_bits(pt, memtype);
    const gpa_t end = gpa + size;
    int err = 0;

    while (gpa < end) {
        unsigned level;
        uint64_t *entry = walk(pt, gpa, &level), step = level_size(level);

        if (gpa % step == 0 && end - gpa >= step)
            gpa = retype_whole(entry, level, gpa, end, &type);
        else
            gpa = retype_part(pt, entry, level, gpa, &type, &err);
    }
    return err;
}

/* Roots ------------------------------------------------------------------------------------- */

int pt_init(struct pt *pt, enum pt_format format, bool has_1g, struct pt_pool *pool)
{
    *pt = (struct pt){.format = format, .has_1g = has_1g, .pool = pool};
    pt->root = alloc_table(pool);
    return pt->root ? 0 : -ENOMEM;
}

hpa_t pt_root_pa(const struct pt *pt)
{
    return table_pa(pt, pt->root);
}

int pt_clone_path(struct pt *dst, const struct pt *src, gpa_t gpa)
{
    uint64_t *table;
    int ret;

    if (gpa >= GPA_LIMIT)
        return -EINVAL;
    ret = pt_init(dst, src->format, src->has_1g, src->pool);
    if (ret)
        return ret;
    memcpy(dst->root, src->root, PAGE_SIZE);

    table = dst->root;
    for (unsigned level = LEVELS; level > 1; level--) {
        uint64_t *entry = &table[level_index(gpa, level)];
        uint64_t *copy = alloc_table(dst->pool);

        if (!copy)
            return -ENOMEM;
        if (is_table(dst, *entry, level))
            memcpy(copy, entry_table(dst, *entry), PAGE_SIZE);
        else if (is_present(dst, *entry))
            fill_split(copy, *entry, level);
        store_entry(entry, table_entry(dst, copy));
        table = copy;
    }
    return 0;
}
