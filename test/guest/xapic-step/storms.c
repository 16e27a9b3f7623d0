/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LAPIC writes among interrupts, NMIs and other CPUs' writes: none is lost, none is doubled. The
 * register is a masked LVT entry, whose vector field is free, because the timer is in use.
 */
#include "xapic-step/cases.h"

#define WRITES       1000
#define SELF_IPIS    200
#define NMIS         100
#define TIMER_TICKS  100000
#define WANTED_TICKS 20

static atomic_ulong ticks, self_ipis;

static void on_tick(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&ticks, 1);
    lapic_eoi();
}

static void on_self_ipi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&self_ipis, 1);
    lapic_eoi();
}

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

/* Writes by decoded and undecoded instructions in turn; how many did not read back. */
static unsigned write_lvt(unsigned writes)
{
    unsigned wrong = 0;

    for (unsigned n = 0; n < writes; n++) {
        uint32_t value = LAPIC_LVT_MASKED | (0x10 + n % 0xE0);
        const uint32_t *from = &value;
        uint64_t to = LAPIC_BASE + LAPIC_LVT_ERROR;

        if (n % 3 == 0)
            __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
        else
            lapic_write(LAPIC_LVT_ERROR, value);
        wrong += lapic_read(LAPIC_LVT_ERROR) != value;
    }
    return wrong;
}

void case_timer_storm(void)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);
    unsigned wrong = 0;

    trap_set_handler(VECTOR_TEST, on_tick);
    atomic_store(&ticks, 0);
    lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_TIMER_DIV_1);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | VECTOR_TEST);
    lapic_write(LAPIC_TIMER_INITIAL, TIMER_TICKS);
    do
        wrong += write_lvt(WRITES);
    while (atomic_load(&ticks) < WANTED_TICKS && clock_us() < end);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    tap_check(wrong == 0, "%u writes did not read back", wrong);
    tap_check(atomic_load(&ticks) >= WANTED_TICKS, "%lu timer interrupts", atomic_load(&ticks));
}

void case_self_ipi(void)
{
    trap_set_handler(VECTOR_TEST, on_self_ipi);
    atomic_store(&self_ipis, 0);
    for (unsigned n = 1; n <= SELF_IPIS; n++) {
        if (n % 2)
            lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_TEST, 0);
        else
            lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, this_cpu()->apic_id);
        for (unsigned i = 0; i < 10000 && atomic_load(&self_ipis) < n; i++)
            cpu_pause();
        if (!tap_check(atomic_load(&self_ipis) == n, "after %u IPIs: %lu interrupts", n,
                       atomic_load(&self_ipis)))
            break;
    }
}

static void send_nmis(void *arg)
{
    struct percpu *target = cpu_at(0);
    unsigned *arrived = arg;

    for (*arrived = 0; *arrived < NMIS; ++*arrived) {
        unsigned long before = atomic_load(&target->nmis);
        uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

        lapic_ipi(ICR_NMI | ICR_ASSERT, target->apic_id);
        while (atomic_load(&target->nmis) == before)
            if (clock_us() > end)
                return;
    }
}

void case_nmi_storm(void)
{
    unsigned long before = atomic_load(&this_cpu()->nmis);
    unsigned wrong = 0, arrived = 0;

    if (cpu_count() < 2) {
        tap_skip("one CPU");
        return;
    }
    trap_set_handler(VECTOR_NMI, on_nmi);
    cpu_post(1, send_nmis, &arrived);
    while (atomic_load(&cpu_at(1)->job))
        wrong += write_lvt(50);
    tap_check(wrong == 0, "%u writes did not read back", wrong);
    tap_check(arrived == NMIS, "NMI %u did not arrive", arrived);
    tap_check(atomic_load(&this_cpu()->nmis) - before == NMIS, "%lu NMIs",
              atomic_load(&this_cpu()->nmis) - before);
}

struct storm {
    atomic_bool *go;
    unsigned wrong;
    uint64_t faults;
    bool lapwing;
};

static void write_with_others(void *arg)
{
    struct storm *storm = arg;
    struct leaf_info leaf;

    leaf_read(&leaf);
    storm->lapwing = leaf.write_exits != 0 && !leaf.shows_x2apic;
    while (!atomic_load(storm->go))
        cpu_pause();
    irq_disable();
    storm->faults = leaf_counter("pgfault");
    storm->wrong = write_lvt(WRITES);
    storm->faults = leaf_counter("pgfault") - storm->faults;
    irq_enable();
}

/* Every CPU's page is its own: a step on one opens none on another, so every write is seen. */
void case_all_at_once(void)
{
    static struct storm storms[MAX_CPUS];
    atomic_bool go = false;

    for (unsigned i = 0; i < cpu_count(); i++) {
        storms[i] = (struct storm){.go = &go};
        if (i > 0)
            cpu_post(i, write_with_others, &storms[i]);
    }
    delay_us(1000);
    atomic_store(&go, true);
    write_with_others(&storms[0]);
    for (unsigned i = 0; i < cpu_count(); i++) {
        if (i > 0)
            tap_check(cpu_join(i, CPU_TIMEOUT_MS), "CPU %u does not answer", i);
        tap_check(storms[i].wrong == 0, "CPU %u: %u writes did not read back", i, storms[i].wrong);
        tap_check(!storms[i].lapwing || storms[i].faults == WRITES,
                  "CPU %u: %lu faults for %u writes", i, (unsigned long)storms[i].faults, WRITES);
    }
}
