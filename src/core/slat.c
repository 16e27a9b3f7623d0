/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second-level tables, and the answers to their faults; see slat.h. State: the tables that all
 * CPUs share. After boot the lock in slat_refresh_memtypes() guards their changes.
 */
#include "core/slat.h"

#include <stdatomic.h>
#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "apic/apic_regs.h"
#include "core/host/heap.h"
#include "core/log_guest.h"
#include "core/machine.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define MEMTYPE_SPARE_PAGES 16

/*
 * The most blocks that a refresh looks at, besides leaves of 2 MiB if there are none of 1 GiB. A
 * machine's own types take some thousand. The mask of a variable MTRR may have holes and cut all of
 * memory into pages.
 */
#define REFRESH_BLOCKS_MAX 8192

/*
 * A store behind the LAPIC's page is an interrupt message, which may be an INIT to a CPU. So
 * nothing is there for the guest's CPUs. (Intel SDM Vol. 3A, "Message Signalled Interrupts")
 */
#define MESSAGES_FIRST (APIC_BASE_PA + PAGE_SIZE)
#define MESSAGES_END   (APIC_BASE_PA + MIB)
#define MESSAGE_PAGES  2 /* tables: the range splits one GiB, and 2 MiB of it */

/* The page that unmapped memory reads as, and the page where writes to it vanish. */
static uint8_t void_page[PAGE_SIZE] __attribute__((aligned(4096)));
static uint8_t sink_page[PAGE_SIZE] __attribute__((aligned(4096)));

/* The root, a PDPT for each 512 GiB and, without 1 GiB pages, a PD for each GiB. */
unsigned slat_pages_shared(uint64_t top, bool has_1g)
{
    uint64_t gib = (top + GIB - 1) / GIB;

    return (unsigned)(1 + (gib + 511) / 512 + (has_1g ? 0 : gib) + MESSAGE_PAGES);
}

/* A page table for each 2 MiB, the directories of two GiB, and one page to spare. */
unsigned slat_pages_hole(uint64_t bytes)
{
    return (unsigned)(bytes / (2 * MIB) + 2 + 2 + 1);
}

/* Returns the number of blocks of `unit` bytes that have more than one type. Each takes a table. */
static unsigned mixed_blocks(uint64_t top, uint64_t unit)
{
    unsigned mixed = 0;
    uint64_t size, last = UINT64_MAX;

    for (hpa_t pa = 0; pa < top; pa += size) {
        virt_memtype(pa, &size);
        if (size < unit && pa / unit != last) {
            last = pa / unit;
            mixed++;
        }
    }
    return mixed;
}

unsigned slat_pages_memtypes(uint64_t top)
{
    uint64_t size;

    virt_memtype(0, &size);
    if (size == VIRT_MEMTYPE_ALL)
        return 0;
    return mixed_blocks(top, GIB) + mixed_blocks(top, 2 * MIB) + MEMTYPE_SPARE_PAGES;
}

static int map_all(struct pt *pt, uint64_t top)
{
    uint64_t size;
    int err = 0;

    for (hpa_t pa = 0; !err && pa < top; pa += size) {
        enum pt_memtype type = virt_memtype(pa, &size);
        if (size > top - pa)
            size = top - pa;
        err = pt_map(pt, pa, pa, size, PT_RWX, type);
    }
    return err;
}

void slat_init(uint64_t top, bool has_1g)
{
    int err = pt_init(&machine.slat, virt_slat_format, has_1g, &machine.pool);

    machine.slat_top = ALIGN_UP(top, has_1g ? 512 * GIB : GIB);
    memset(void_page, 0xFF, sizeof(void_page));
    if (!err)
        err = map_all(&machine.slat, machine.slat_top);
    for (hpa_t pa = machine.own_base; !err && pa < machine.own_base + machine.own_size;
         pa += PAGE_SIZE)
        err = pt_map(&machine.slat, pa, (hpa_t)void_page, PAGE_SIZE, PT_RX, PT_WB);
    for (hpa_t pa = MESSAGES_FIRST; !err && pa < MESSAGES_END; pa += PAGE_SIZE)
        err = pt_map(&machine.slat, pa, (hpa_t)void_page, PAGE_SIZE, PT_RX, PT_WB);
    if (err)
        panic("second-level tables: error %d, %zu of %zu pages used", err, machine.pool.used,
              machine.pool.pages);
}

void slat_cpu_init(struct vcpu *v)
{
    if (pt_clone_path(&v->slat, &machine.slat, APIC_BASE_PA))
        panic("no pages for the second-level tables of CPU %u", v->index);
    slat_window_init(v, heap_alloc(SLAT_WINDOW_PAGES, PAGE_SIZE));
}

static bool is_own(gpa_t gpa)
{
    return gpa >= machine.own_base && gpa - machine.own_base < machine.own_size;
}

/* Is the address in a range where nothing is for the guest, whatever it is mapped to? */
static bool is_void(gpa_t gpa)
{
    return is_own(gpa) || (gpa >= MESSAGES_FIRST && gpa < MESSAGES_END);
}

/*
 * Sets the type of every leaf that maps an address to itself. The LAPIC page is left out, because
 * the strategy maps it. The page of ones is left out too: it stands for void ranges and lies in
 * one. -ENOSPC or -ENOMEM: the types are cut too finely, and what was not reached stays as it was.
 */
static int refresh(struct pt *pt, uint64_t top)
{
    uint64_t blocks = REFRESH_BLOCKS_MAX + (pt->has_1g ? 0 : top / (2 * MIB)), size;
    int err = 0;

    for (hpa_t pa = 0; !err && pa < top; pa += size) {
        enum pt_memtype type = virt_memtype(pa, &size);
        struct pt_leaf leaf;

        if (blocks-- == 0)
            return -ENOSPC;
        bool found = pt_lookup(pt, pa, &leaf) == 0;
        uint64_t left = PAGE_SIZE << (9 * (leaf.level - 1));
        left -= pa & (left - 1);
        if (size > left)
            size = left;
        if (found && leaf.hpa == pa && pa != APIC_BASE_PA && !is_void(pa) && leaf.memtype != type)
            err = pt_map(pt, pa, pa, size, PT_RWX, type);
    }
    return err;
}

void slat_refresh_memtypes(struct vcpu *v, bool (*reread)(void))
{
    static atomic_flag lock = ATOMIC_FLAG_INIT;
    struct pt pt = v->slat;

    while (atomic_flag_test_and_set(&lock))
        pause();
    pt.pool = &machine.pool;
    if (reread()) {
        if (refresh(&pt, machine.slat_top))
            log_guest(v, "cpu %u: memory types are too fragmented: some stay as they were",
                      v->index);
        slat_window_forget(v);
    }
    atomic_flag_clear(&lock);
    virt_flush(v);
}

/* A write that vanished leaves nothing to do. */
static void sink_done(struct vcpu *v, bool completed)
{
    (void)v;
    (void)completed;
}

hpa_t slat_void_pa(void)
{
    return (hpa_t)void_page;
}

static void restore_void(struct vcpu *v, gpa_t page)
{
    pt_set_leaf(&v->slat, page, slat_void_pa(), PT_RX, PT_WB);
}

enum exit_result slat_sink_write(struct vcpu *v, gpa_t page)
{
    return step_begin(v, page, (hpa_t)sink_page, restore_void, sink_done);
}

enum exit_result slat_fault_in_event(struct vcpu *v, const struct vm_exit *x)
{
    log_guest(v, "cpu %u: an event's delivery needs %lx, where there is no memory: #DF", v->index,
              x->fault.gpa);
    if (x->fault.in_double_fault)
        return EXIT_INJECT_TRIPLE;
    virt_inject(v, &(struct vm_event){.vector = VEC_DF, .has_error = true});
    return EXIT_RESUME;
}

enum exit_result slat_handle_fault(struct vcpu *v, const struct vm_exit *x)
{
    if (x->fault.gpa >= machine.slat_top && slat_window_move(v, x->fault.gpa))
        return EXIT_RESUME;
    if (x->fault.in_event)
        return slat_fault_in_event(v, x);
    if (is_void(x->fault.gpa))
        return slat_sink_write(v, x->fault.gpa & PAGE_MASK);
    log_guest(v, "cpu %u: access to %lx, which is nowhere: #GP", v->index, x->fault.gpa);
    return EXIT_INJECT_GP;
}
