/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device interrupt costs under apicv, by Lapwing's own counters. A level-triggered one costs
 * an exit when it comes and one at its EOI; an edge costs only the first.
 */
#include "device-irq/cases.h"

#define TIMES 100

static struct {
    atomic_uint ready, stop;
    uint64_t irq, apic, all;
} cost;

const char *unfit_for_cost(void)
{
    return unfit_for_two()           ? unfit_for_two()
           : leaf_lapic_is_virtual() ? NULL
                                     : "not with a physical LAPIC";
}

static void count_exits(void *arg)
{
    uint64_t irq = leaf_counter("irq"), apic = leaf_counter("apic"), all = leaf_other_exits();

    (void)arg;
    atomic_store(&cost.ready, 1);
    while (!atomic_load(&cost.stop))
        cpu_pause();
    cost.all = leaf_other_exits() - all;
    cost.irq = leaf_counter("irq") - irq;
    cost.apic = leaf_counter("apic") - apic;
}

static void measure(enum arm_flags flags)
{
    const unsigned cpu = last_cpu(), eois = flags & ARM_LEVEL ? TIMES : 0;

    tap_next("%u %s", TIMES, flags & ARM_LEVEL ? "levels" : "edges");
    line_arm(&uart, flags, cpu);
    atomic_store(&cost.ready, 0);
    atomic_store(&cost.stop, 0);
    cpu_post(cpu, count_exits, NULL);
    tap_check(wait_for(&cost.ready, 1), "CPU %u does not answer", cpu);
    line_repeat(&uart, TIMES);
    line_check(&uart, TIMES);
    atomic_store(&cost.stop, 1);
    tap_check(cpu_join(cpu, CPU_TIMEOUT_MS), "CPU %u does not answer", cpu);
    CHECK_EQ(cost.irq, TIMES);
    CHECK_EQ(cost.apic, eois);
    CHECK_EQ(cost.all, TIMES + eois);
    line_disarm(&uart);
}

void case_cost(void)
{
    measure(ARM_LEVEL);
    measure(ARM_EDGE);
}
