/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lapic-exits: how many exits a LAPIC access costs under xapic_ept, by Lapwing's own counters, on
 * every CPU; and the same under x2apic_msr while the guest is in xAPIC mode. A read costs none. A
 * write costs one second-level fault, and with a stepping method one exit more. Reading the
 * counters costs only CPUID exits, which do not count. Bare, and under other strategies, everything
 * is skipped.
 */
#include <lapwing/string.h>
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define ACCESSES 100

const char payload_name[] = "lapic-exits";

struct exits {
    uint64_t faults, steps, others; /* `others` has neither of the first two, nor CPUID */
};

static struct exits count(void)
{
    struct exits e = {.faults = leaf_counter("pgfault"), .steps = leaf_counter("step")};

    e.others = leaf_other_exits() - e.faults - e.steps;
    return e;
}

/* One kind of access, run ACCESSES times between two counts with interrupts off. */
struct measurement {
    void (*access)(unsigned n);
    struct exits cost;
};

static void measure(void *arg)
{
    struct measurement *m = arg;
    bool enabled = read_flags() & EFLAGS_IF;
    struct exits before, after;

    irq_disable();
    m->access(0); /* translations may be filled in lazily */
    before = count();
    for (unsigned n = 0; n < ACCESSES; n++)
        m->access(n);
    after = count();
    if (enabled)
        irq_enable();
    m->cost = (struct exits){after.faults - before.faults, after.steps - before.steps,
                             after.others - before.others};
}

static void no_access(unsigned n)
{
    (void)n;
    cpu_pause();
}

static void read_access(unsigned n)
{
    static const enum lapic_reg regs[] = {LAPIC_ID,  LAPIC_VERSION, LAPIC_TPR,          LAPIC_SVR,
                                          LAPIC_ICR, LAPIC_IRR,     LAPIC_TIMER_CURRENT};

    (void)lapic_read(regs[n % ARRAY_SIZE(regs)]);
}

static void write_tpr(unsigned n)
{
    lapic_write(LAPIC_TPR, n & 0xF);
}

static void write_eoi(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_EOI, 0);
}

static void write_timer(unsigned n)
{
    lapic_write(LAPIC_TIMER_INITIAL, n);
}

static void write_icr_high(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_ICR2, this_cpu()->apic_id << 24);
}

static void send_self_ipi(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_ICR, ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_TEST);
}

/* A store that the decoder leaves to the step. */
static void write_by_movs(unsigned n)
{
    const uint32_t *from = &n;
    uint64_t to = LAPIC_BASE + LAPIC_TIMER_INITIAL;

    __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
}

/* `decoded`: the instruction is one that the decode method takes. */
static void expect(void (*access)(unsigned n), bool writes, bool decoded)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (!leaf.base || !leaf.method[0] || this_cpu()->x2apic) {
        tap_skip("%s", !leaf.base           ? "bare"
                       : this_cpu()->x2apic ? "in x2APIC mode: x2apic-exits"
                                            : leaf.strategy);
        return;
    }

    bool stepping = strcmp(leaf.method, "decode") != 0 || !decoded;
    uint64_t faults = writes ? ACCESSES : 0;
    uint64_t steps = writes && stepping ? ACCESSES : 0;

    for (unsigned i = 0; i < cpu_count(); i++) {
        struct measurement m = {.access = access};

        tap_check(on_cpu(i, measure, &m), "CPU %u does not answer", i);
        tap_check(m.cost.faults == faults && m.cost.steps == steps && m.cost.others == 0,
                  "CPU %u, method %s: %lu faults, %lu steps, %lu others; want %lu, %lu, 0", i,
                  leaf.method, (unsigned long)m.cost.faults, (unsigned long)m.cost.steps,
                  (unsigned long)m.cost.others, (unsigned long)faults, (unsigned long)steps);
    }
}

static void case_nothing(void)
{
    expect(no_access, false, false);
}

static void case_reads(void)
{
    expect(read_access, false, false);
}

static void acknowledge(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
}

static void case_writes(void)
{
    trap_set_handler(VECTOR_TEST, acknowledge);
    tap_next("TPR");
    expect(write_tpr, true, true);
    tap_next("EOI");
    expect(write_eoi, true, true);
    tap_next("timer count");
    expect(write_timer, true, true);
    tap_next("ICR high");
    expect(write_icr_high, true, true);
    tap_next("ICR, self IPI");
    expect(send_self_ipi, true, true);
    tap_next("timer count by MOVS");
    expect(write_by_movs, true, false);
}

const struct payload_case payload_cases[] = {
    {"nothing", case_nothing, NULL},
    {"reads", case_reads, NULL},
    {"writes", case_writes, NULL},
    {NULL, NULL, NULL},
};
