/* SPDX-License-Identifier: GPL-2.0-only */
/* What the exit counters and the figures are called, and what they stand at. */
#include "core/counters.h"

#include "core/vcpu.h"

/* The counter of each kind of exit. */
static const uint8_t counter_of[EXIT_KIND_COUNT] = {
    [EXIT_NONE] = COUNTER_OTHER,
    [EXIT_CPUID] = COUNTER_CPUID,
    [EXIT_MSR_READ] = COUNTER_MSR,
    [EXIT_MSR_WRITE] = COUNTER_MSR,
    [EXIT_PAGE_FAULT] = COUNTER_PAGE_FAULT,
    [EXIT_EXCEPTION] = COUNTER_EXCP,
    [EXIT_STEP] = COUNTER_STEP,
    [EXIT_NMI] = COUNTER_NMI,
    [EXIT_INTERRUPT] = COUNTER_IRQ,
    [EXIT_WINDOW] = COUNTER_APIC,
    [EXIT_APIC_ACCESS] = COUNTER_APIC,
    [EXIT_APIC_WRITE] = COUNTER_APIC,
    [EXIT_APIC_EOI] = COUNTER_APIC,
    [EXIT_IO] = COUNTER_IO,
    [EXIT_INIT] = COUNTER_OTHER,
    [EXIT_SIPI] = COUNTER_OTHER,
    [EXIT_UNDEFINED] = COUNTER_INSN,
    [EXIT_INVD] = COUNTER_INSN,
    [EXIT_IRET] = COUNTER_IRET,
    [EXIT_CR_ACCESS] = COUNTER_CR,
    [EXIT_SOFT_EXCEPTION] = COUNTER_EXCP,
    [EXIT_RAW_EXCEPTION] = COUNTER_EXCP,
    [EXIT_XSETBV] = COUNTER_INSN,
    [EXIT_TRIPLE_FAULT] = COUNTER_TRIPLE,
    [EXIT_UNKNOWN] = COUNTER_OTHER,
};

uint64_t counter_value(const struct vcpu *v, unsigned n)
{
    uint64_t value = n < COUNTER_COUNT ? v->events[n] : 0;

    for (unsigned kind = 0; kind < EXIT_KIND_COUNT; kind++) {
        if (counter_of[kind] == n)
            value += v->exits[kind];
    }
    return value;
}

uint64_t counter_longest(const struct vcpu *v, unsigned n)
{
    uint64_t longest = 0;

    for (unsigned kind = 0; kind < EXIT_KIND_COUNT; kind++) {
        if (counter_of[kind] == n && v->longest[kind] > longest)
            longest = v->longest[kind];
    }
    return longest;
}

uint64_t figure_value(const struct vcpu *v, unsigned n)
{
    uint64_t longest = 0;

    if (n != FIGURE_LONGEST)
        return n < FIGURE_COUNT ? v->figures[n] : 0;
    for (unsigned kind = 0; kind < EXIT_KIND_COUNT; kind++) {
        if (v->longest[kind] > longest)
            longest = v->longest[kind];
    }
    return longest;
}

const char *counter_name(unsigned n)
{
    static const char *const names[] = {
#define COUNTER_NAME(sym, name) name,
        COUNTER_LIST(COUNTER_NAME)
#undef COUNTER_NAME
    };

    return n < COUNTER_COUNT ? names[n] : "";
}

const char *figure_name(unsigned n)
{
    static const char *const names[] = {
#define FIGURE_NAME(sym, name) name,
        FIGURE_LIST(FIGURE_NAME)
#undef FIGURE_NAME
    };

    return n < FIGURE_COUNT ? names[n] : "";
}
