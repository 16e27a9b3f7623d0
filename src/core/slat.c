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

/*
 * Tables for what the guest does to the memory types. A refresh looks at each entry of each table,
 * so their number bounds the time that it takes.
 */
#define MEMTYPE_SPARE_PAGES 3

/*
 * A store behind the LAPIC's page is an interrupt message, which may be an INIT to a CPU. So
 * nothing is there for the guest's CPUs. (Intel SDM Vol. 3A, "Message Signalled Interrupts")
 */
#define MESSAGES_FIRST (APIC_BASE_PA + PAGE_SIZE)
#define MESSAGES_END   (APIC_BASE_PA + MIB)
#define MESSAGE_PAGES  2 /* tables: the range splits one GiB, and 2 MiB of it */

/* The page that unmapped memory reads as. */
static uint8_t void_page[PAGE_SIZE] __attribute__((aligned(4096)));

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

/* A stretch of memory that has one type. */
struct stretch {
    hpa_t pa, end;
    enum pt_memtype type;
    uint64_t next_size; /* of what follows, which has another type */
    enum pt_memtype next_type;
};

/* Goes from a stretch, at first an empty one at 0, to the one behind it. Returns false at `top`. */
static bool next_stretch(struct stretch *s, hpa_t top)
{
    if (s->end == 0)
        s->next_type = virt_memtype(0, &s->next_size);
    s->pa = s->end;
    s->type = s->next_type;
    do {
        s->end += s->next_size;
        if (s->end >= top)
            break;
        s->next_type = virt_memtype(s->end, &s->next_size);
    } while (s->next_type == s->type);
    s->end = s->end < top ? s->end : top;
    return s->pa < top;
}

/* Returns the number of blocks of `unit` bytes that have more than one type. Each takes a table. */
static unsigned mixed_blocks(uint64_t top, uint64_t unit)
{
    unsigned mixed = 0;
    uint64_t last = UINT64_MAX;
    struct stretch s = {0};

    while (next_stretch(&s, top)) {
        if (s.end % unit && s.end / unit != last) {
            last = s.end / unit;
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
    struct stretch s = {0};
    int err = 0;

    while (!err && next_stretch(&s, top))
        err = pt_map(pt, s.pa, s.pa, s.end - s.pa, PT_RWX, s.type);
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
    v->sink = heap_alloc(SLAT_SINK_PAGES, PAGE_SIZE);
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

/* The LAPIC page is left out, because the strategy maps it. */
static int retype(struct pt *pt, hpa_t pa, hpa_t end, enum pt_memtype type)
{
    int err = 0;

    if (pa <= APIC_BASE_PA && APIC_BASE_PA < end) {
        err = pt_retype(pt, pa, APIC_BASE_PA - pa, type);
        pa = APIC_BASE_PA + PAGE_SIZE;
    }
    return pt_retype(pt, pa, end - pa, type) ? -ENOMEM : err;
}

/*
 * Sets the type of every leaf, and nothing else of it: what is mapped where stays. The registers
 * describe some ten stretches, and tables are bounded, so the work is too. -ENOMEM: the types are
 * cut too finely, and some memory is uncached.
 */
static int refresh(struct pt *pt, uint64_t top)
{
    struct stretch s = {0};
    int err = 0;

    while (next_stretch(&s, top)) {
        if (retype(pt, s.pa, s.end, s.type))
            err = -ENOMEM;
    }
    return err;
}

/* What boot has left of the pool, and no more of it than the time allows. */
static struct pt_pool *refresh_pool(void)
{
    static struct pt_pool pool;

    if (!pool.base) {
        pool = machine.pool;
        if (pool.pages > pool.used + MEMTYPE_SPARE_PAGES)
            pool.pages = pool.used + MEMTYPE_SPARE_PAGES;
    }
    return &pool;
}

void slat_refresh_memtypes(struct vcpu *v, bool (*reread)(void))
{
    static atomic_flag lock = ATOMIC_FLAG_INIT;
    static bool told;
    struct pt pt = v->slat;

    while (atomic_flag_test_and_set(&lock))
        pause();
    pt.pool = refresh_pool();
    if (reread()) {
        if (refresh(&pt, machine.slat_top) && !told) {
            told = true;
            log_guest(v, "cpu %u: memory types are too fragmented: some memory is uncached",
                      v->index);
        }
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
    virt_flush(v);
}

enum exit_result slat_sink_write(struct vcpu *v, gpa_t page)
{
    static const struct step_kind kind = {PT_RWX, restore_void, sink_done};

    memset(v->sink, 0xFF, PAGE_SIZE);
    return step_begin(v, page, (hpa_t)v->sink, &kind, false);
}

enum exit_result slat_refuse_fetch(struct vcpu *v)
{
    log_guest(v, "cpu %u: the guest runs into its LAPIC page: #GP", v->index);
    return EXIT_INJECT_GP;
}

enum exit_result slat_fault_in_event(struct vcpu *v, const struct vm_exit *x)
{
    log_guest(v, "cpu %u: an event's delivery needs %lx, where there is no memory: #DF", v->index,
              x->gpa);
    if (x->fault.in_double_fault)
        return EXIT_INJECT_TRIPLE;
    virt_inject(v, &(struct vm_event){.vector = VEC_DF, .has_error = true});
    return EXIT_RESUME;
}

enum exit_result slat_handle_fault(struct vcpu *v, const struct vm_exit *x)
{
    if (x->gpa >= machine.slat_top && slat_window_move(v, x->gpa))
        return EXIT_RESUME;
    if (x->fault.in_event)
        return slat_fault_in_event(v, x);
    if (is_void(x->gpa))
        return slat_sink_write(v, x->gpa & PAGE_MASK);
    log_guest(v, "cpu %u: access to %lx, which is nowhere: #GP", v->index, x->gpa);
    return EXIT_INJECT_GP;
}
