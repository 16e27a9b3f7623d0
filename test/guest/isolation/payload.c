/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * isolation: walks guest-physical memory on every CPU. All memory that the map calls available is
 * real. Memory between that and the end of RAM is firmware's or reads as nothing, and holds no byte
 * of Lapwing. All other addresses up to 4 GiB and some far ones can be touched without harm.
 *
 * Under Lapwing there must be hidden pages (all ones, writes vanish). Bare there need not be any.
 * By UEFI both maps must agree on each page, and what is hidden is reserved. A few pages of the
 * firmware's memory may hold ones that are its own.
 */
#include <lapwing/string.h>
#include "lib/console.h"
#include "lib/control.h"
#include "lib/cpu_insn.h"
#include "lib/memory_map.h"
#include "lib/smp.h"
#include "lib/tap.h"
#include "lib/window.h"

#define LOW_MEMORY_END   MIB
#define MIN_HIDDEN_PAGES 16
#define WINDOW_PAGE      100
#define WALK_TIMEOUT_MS  (20 * CPU_TIMEOUT_MS)

const char payload_name[] = "isolation";

static void run_on_each(job_fn fn, void *arg)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        if (i == 0) {
            fn(arg);
            continue;
        }
        cpu_post(i, fn, arg);
        tap_check(cpu_join(i, WALK_TIMEOUT_MS), "CPU %u: exception or time-out", i);
    }
}

static void case_map(void)
{
    const struct memory_range *ranges;
    unsigned count = memory_available(&ranges);

    CHECK(count >= 1);
    for (unsigned i = 0; i < count; i++) {
        print("# available %lx-%lx\n", (unsigned long)ranges[i].start,
              (unsigned long)ranges[i].end);
        for (unsigned j = 0; j < i; j++)
            CHECK(ranges[i].start >= ranges[j].end || ranges[i].end <= ranges[j].start);
    }
    print("# RAM below 4 GiB ends at %lx\n", (unsigned long)memory_ram_end());
}

/* Loader's, boot services' and conventional memory is what a system may use. */
static bool efi_offers(uint64_t page)
{
    const int type = memory_efi_type(page);

    return (type >= 1 && type <= 4) || type == 7;
}

static void case_efi_map(void)
{
    unsigned pages = 0, bad = 0;

    if (!memory_is_efi()) {
        tap_skip("no UEFI");
        return;
    }
    for (uint64_t page = LOW_MEMORY_END; page < memory_ram_end(); page += PAGE_SIZE, pages++) {
        if (efi_offers(page) != (memory_find(page) != NULL) && bad++ == 0)
            print("# the maps differ at %lx: UEFI's type is %d\n", (unsigned long)page,
                  memory_efi_type(page));
    }
    tap_check(pages > 0 && bad == 0, "the maps differ on %u of %u pages", bad, pages);
}

struct walk {
    unsigned pages, hidden, bad;
    unsigned ones; /* pages of reserved memory that held ones */
    uint64_t first_bad;
};

static void note_bad(struct walk *walk, uint64_t address)
{
    if (walk->bad++ == 0)
        walk->first_bad = address;
}

/* Both words that differ in every bit, at both ends of the page; the old contents come back. */
static void walk_available(void *arg)
{
    struct walk *walk = arg;
    const struct memory_range *ranges;
    unsigned count = memory_available(&ranges);

    for (unsigned i = 0; i < count; i++) {
        for (uint64_t page = ALIGN_UP(ranges[i].start, PAGE_SIZE);
             page + PAGE_SIZE <= ranges[i].end && page < 4 * GIB; page += PAGE_SIZE) {
            volatile uint64_t *words = (volatile uint64_t *)page;
            const uint64_t pattern = page ^ UINT64_C(0x5A5AA5A5C3C33C3C);

            if (page < LOW_MEMORY_END || memory_is_payload(page))
                continue;
            walk->pages++;
            for (unsigned w = 0; w < 512; w += 511) {
                uint64_t old = words[w];

                words[w] = pattern;
                if (words[w] != pattern)
                    note_bad(walk, page);
                words[w] = ~pattern;
                if (words[w] != ~pattern)
                    note_bad(walk, page);
                words[w] = old;
            }
        }
    }
}

static void case_available(void)
{
    struct walk walk = {0};

    run_on_each(walk_available, &walk);
    tap_check(walk.pages > 0, "no memory");
    tap_check(walk.bad == 0, "%u of %u pages are no memory, the first at 0x%lx", walk.bad,
              walk.pages, (unsigned long)walk.first_bad);
}

/*
 * Does the page hold Lapwing's name? It is put together here, so that this code does not hold it.
 */
static bool has_signature(const volatile uint8_t *page)
{
    static const char halves[2][7] = {"Lapwin", "gHyper"};

    for (unsigned i = 0; i + 12 <= PAGE_SIZE; i++) {
        unsigned n = 0;

        while (n < 12 && page[i + n] == (uint8_t)halves[n / 6][n % 6])
            n++;
        if (n == 12)
            return true;
    }
    return false;
}

static bool is_all_ones(const volatile uint64_t *words)
{
    for (unsigned w = 0; w < 512; w++)
        if (words[w] != UINT64_MAX)
            return false;
    return true;
}

static bool may_be_hidden(uint64_t page)
{
    return (!memory_is_efi() || memory_efi_type(page) == MEMORY_EFI_RESERVED) &&
           is_all_ones((const volatile uint64_t *)page);
}

/* RAM that the map does not offer: nothing of Lapwing in it, and what reads as nothing stays so. */
static void walk_reserved(void *arg)
{
    struct walk *walk = arg;
    uint64_t end = memory_ram_end();

    for (uint64_t page = LOW_MEMORY_END; page < end; page += PAGE_SIZE) {
        volatile uint64_t *words = (volatile uint64_t *)page;

        if (memory_find(page))
            continue;
        walk->pages++;
        if (!may_be_hidden(page)) {
            if (has_signature((const volatile uint8_t *)words))
                note_bad(walk, page);
            continue;
        }
        words[0] = 0;
        words[511] = UINT64_C(0x0123456789ABCDEF);
        __asm__ volatile("lock orl $1, (%0)" : : "r"(words) : "memory");

        uint64_t to = page + 64, count = 4;

        __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(UINT64_C(0)) : "memory");
        if (is_all_ones(words))
            walk->hidden++;
        else if (memory_is_efi())
            walk->ones++; /* OVMF's, from now on without ones; other CPUs and cases pass it by */
        else
            note_bad(walk, page);
    }
}

static void case_reserved(void)
{
    struct walk walk = {0};

    run_on_each(walk_reserved, &walk);
    tap_check(walk.bad == 0, "%u of %u pages show something or keep a write, the first at 0x%lx",
              walk.bad, walk.pages, (unsigned long)walk.first_bad);
    tap_check(!under_lapwing() || walk.hidden >= MIN_HIDDEN_PAGES * cpu_count(),
              "only %u hidden pages", walk.hidden);
    tap_check(walk.ones < MIN_HIDDEN_PAGES, "%u pages of ones are memory", walk.ones);
    print("# %u pages a CPU not available, %u hidden\n", walk.pages / cpu_count(),
          walk.hidden / cpu_count());
}

/* The same pages by other ways: an alias in the page tables, byte and string accesses, instruction
 * fetch. */
static void try_hidden(void *arg)
{
    struct walk *walk = arg;
    uint64_t end = memory_ram_end();

    for (uint64_t page = LOW_MEMORY_END; page < end; page += PAGE_SIZE) {
        struct fault fault;
        uint8_t copy[64];
        uint64_t from, to = (uintptr_t)copy, count = sizeof(copy);

        if (memory_find(page) || !may_be_hidden(page))
            continue;
        walk->hidden++;
        from = window_map(WINDOW_PAGE + this_cpu()->index, page, WINDOW_WRITE);
        *(volatile uint8_t *)(from + 5) = 0x12;
        memset(copy, 0, sizeof(copy));
        __asm__ volatile("rep movsb" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
        for (unsigned i = 0; i < sizeof(copy); i++)
            if (copy[i] != 0xFF)
                note_bad(walk, page);
        /* FF FF is no instruction. */
        if (walk->hidden % 64 == 1 && !trap_call((void (*)(void *))page, NULL, &fault))
            note_bad(walk, page);
    }
    window_unmap(WINDOW_PAGE + this_cpu()->index);
}

static void case_other_ways(void)
{
    struct walk walk = {0};

    if (!under_lapwing()) {
        tap_skip("bare");
        return;
    }
    run_on_each(try_hidden, &walk);
    tap_check(walk.hidden >= MIN_HIDDEN_PAGES * cpu_count(), "only %u hidden pages", walk.hidden);
    tap_check(walk.bad == 0, "%u pages, the first at 0x%lx", walk.bad,
              (unsigned long)walk.first_bad);
}

/* One read of every page up to 4 GiB that is not available memory: holes, devices, firmware. */
static void touch_holes(void *arg)
{
    struct walk *walk = arg;

    for (uint64_t page = 0; page < 4 * GIB; page += PAGE_SIZE) {
        const struct memory_range *range = memory_find(page);

        if (range) {
            page = ALIGN_DOWN(range->end - 1, PAGE_SIZE);
            continue;
        }
        (void)*(volatile uint32_t *)(page | 0x10);
        walk->pages++;
    }
}

static void case_holes(void)
{
    struct walk walk = {0};

    run_on_each(touch_holes, &walk);
    tap_check(walk.pages > 0, "no holes");
    print("# %u pages a CPU are holes\n", walk.pages / cpu_count());
}

/* Addresses above 4 GiB where nothing is, up to the last page that the CPU can address. */
static void touch_far(void *arg)
{
    struct walk *walk = arg;
    unsigned bits = cpuid(0x80000008, 0).eax & 0xFF;
    unsigned index = WINDOW_PAGE + this_cpu()->index;

    for (unsigned bit = 36; bit < bits; bit++) {
        const uint64_t addresses[] = {BIT(bit), BIT(bit) * 2 - PAGE_SIZE};

        for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
            volatile uint32_t *word;

            if (memory_find(addresses[i]))
                continue;
            word = (volatile uint32_t *)window_map(index, addresses[i], WINDOW_WRITE);
            (void)*word;
            *word = 0x1234;
            if (*word == 0x1234)
                note_bad(walk, addresses[i]);
            walk->pages++;
        }
    }
    window_unmap(index);
}

static void case_far(void)
{
    struct walk walk = {0};

    run_on_each(touch_far, &walk);
    tap_check(walk.pages > 0, "nothing to touch");
    tap_check(walk.bad == 0, "memory at 0x%lx", (unsigned long)walk.first_bad);
}

static void case_alive(void)
{
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
    CHECK(memory_ram_end() > LOW_MEMORY_END);
}

const struct payload_case payload_cases[] = {
    {"map", case_map, NULL},
    {"efi-map", case_efi_map, NULL},
    {"available", case_available, NULL},
    {"reserved", case_reserved, NULL},
    {"other-ways", case_other_ways, NULL},
    {"holes", case_holes, NULL},
    {"far", case_far, NULL},
    {"alive", case_alive, NULL},
    {NULL, NULL, NULL},
};
