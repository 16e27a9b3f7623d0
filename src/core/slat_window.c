/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One stretch of high guest-physical memory for each CPU; see slat_window.h. State: v->slat_window
 * and v->slat's own tables, its own CPU only.
 */
#include "core/slat_window.h"

#include <lapwing/string.h>
#include "apic/apic_regs.h"
#include "core/machine.h"
#include "core/virt.h"

#define ROOT_SHIFT    39
#define ROOT_ENTRIES  512
#define TABLE_ADDRESS GENMASK(51, 12)

void slat_window_init(struct vcpu *v, void *pages)
{
    v->slat_window.pool =
        (struct pt_pool){.base = pages, .pa = (hpa_t)pages, .pages = SLAT_WINDOW_PAGES};
    v->slat.pool = &v->slat_window.pool; /* shared tables are complete: only windows need pages */
}

/*
 * Returns the entry that holds the window. In the root's first slot the CPU has a directory-pointer
 * table of its own already, on the path to the LAPIC page, and the window is an entry of that
 * table.
 */
static uint64_t *window_entry(struct vcpu *v, gpa_t base)
{
    uint64_t *entry = &v->slat.root[base >> ROOT_SHIFT];

    if (base >> ROOT_SHIFT != APIC_BASE_PA >> ROOT_SHIFT)
        return entry;
    return (uint64_t *)(*entry & TABLE_ADDRESS) + base / GIB % ROOT_ENTRIES;
}

void slat_window_forget(struct vcpu *v)
{
    struct slat_window *w = &v->slat_window;

    if (w->mapped)
        *window_entry(v, w->base) = 0; /* not present, in every format */
    w->mapped = false;
    v->slat.leaf = NULL; /* a remembered leaf may be in a table that has gone */
}

/* The window has one type. Finer types are rare up there, and uncached is always correct. */
static enum pt_memtype window_memtype(gpa_t base, uint64_t size)
{
    uint64_t block;
    enum pt_memtype type = virt_memtype(base, &block);

    return block >= size ? type : PT_UC;
}

bool slat_window_move(struct vcpu *v, gpa_t gpa)
{
    struct slat_window *w = &v->slat_window;
    uint64_t size = v->slat.has_1g ? 512 * GIB : GIB;

    if (gpa >> machine.phys_bits || gpa >> ROOT_SHIFT >= ROOT_ENTRIES)
        return false;
    slat_window_forget(v);
    memset(w->pool.base, 0, SLAT_WINDOW_PAGES * PAGE_SIZE);
    w->pool.used = 0;
    w->base = ALIGN_DOWN(gpa, size);
    w->mapped =
        pt_map(&v->slat, w->base, w->base, size, PT_RWX, window_memtype(w->base, size)) == 0;
    virt_flush(v);
    return w->mapped;
}
