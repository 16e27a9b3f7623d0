/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * many: as many CPUs as the machine has (288 is the aim, with APIC IDs above 255). The library has
 * started them one by one. Each must be the one that MADT and CPUID say, take its own interrupts,
 * and send some. If an APIC ID is above 254 all CPUs are in x2APIC mode.
 */
#include <lapwing/string.h>
#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/irq_count.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define QUIET_US      5000
#define RESTART_EVERY 37

const char payload_name[] = "many";
const unsigned payload_max_cpus = MAX_CPUS;

static void case_all_started(void)
{
    unsigned wide = 0;

    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(cpu_alive(i), "CPU %u (APIC ID %u) does not answer", i, cpu_at(i)->apic_id);
        tap_check(i == 0 || atomic_load(&cpu_at(i)->boots) == 1, "CPU %u started %u times", i,
                  atomic_load(&cpu_at(i)->boots));
        wide += cpu_at(i)->apic_id > 255;
    }
    print("# %u CPUs, %u of them with an APIC ID above 255, %s mode\n", cpu_count(), wide,
          this_cpu()->x2apic ? "x2APIC" : "xAPIC");
}

struct identity {
    uint32_t topology_id, legacy_id, lapic_id;
    bool x2apic;
    struct leaf_info leaf;
};

static void identify(void *arg)
{
    struct identity *id = arg;

    id->topology_id = cpuid(0xB, 0).edx;
    id->legacy_id = cpuid(1, 0).ebx >> 24;
    id->lapic_id = lapic_id();
    id->x2apic = rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD;
    leaf_read(&id->leaf);
}

static void case_identity(void)
{
    bool seen[MAX_CPUS] = {false};
    bool topology = cpuid(0, 0).eax >= 0xB && (cpuid(0xB, 0).ebx & 0xFFFF) != 0;

    for (unsigned i = 0; i < cpu_count(); i++) {
        uint32_t want = cpu_at(i)->apic_id;
        struct identity id;

        memset(&id, 0, sizeof(id));
        if (!tap_check(on_cpu(i, identify, &id), "CPU %u does not answer", i))
            continue;
        tap_check(!topology || id.topology_id == want, "CPU %u: CPUID 0BH says %u, want %u", i,
                  id.topology_id, want);
        /* Leaf 1's count of CPUs is 8 bits wide; QEMU lets a larger one run into the ID. */
        tap_check(id.legacy_id == (want & 0xFF) || cpu_count() > 255,
                  "CPU %u: CPUID 1 says %u, want %u", i, id.legacy_id, want);
        tap_check(id.lapic_id == want, "CPU %u: the LAPIC says %u, want %u", i, id.lapic_id, want);
        tap_check(id.x2apic == this_cpu()->x2apic, "CPU %u: another mode than CPU 0", i);
        if (!id.leaf.base)
            continue;
        if (tap_check(id.leaf.cpu < cpu_count() && !seen[id.leaf.cpu], "CPU %u: Lapwing's index %u",
                      i, id.leaf.cpu))
            seen[id.leaf.cpu] = true;
    }
}

/* Exactly one interrupt on each CPU from `first` on, of the vector that `vector` says. */
static void check_one_each(unsigned first, unsigned (*vector)(unsigned index))
{
    for (unsigned i = first; i < cpu_count(); i++)
        if (!tap_check(irq_count_wait(i, vector(i), 1), "CPU %u: no interrupt", i))
            return;
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(irq_count_all(i) == (i >= first), "CPU %u: %u interrupts", i, irq_count_all(i));
}

static unsigned own_vector(unsigned index)
{
    return VECTOR_TEST + index % TEST_VECTORS;
}

static unsigned common_vector(unsigned index)
{
    (void)index;
    return VECTOR_TEST + 3;
}

static void case_own_vector(void)
{
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        lapic_ipi(ICR_FIXED | ICR_ASSERT | own_vector(i), cpu_at(i)->apic_id);
        if (!tap_check(irq_count_wait(i, own_vector(i), 1), "CPU %u: no interrupt 0x%x", i,
                       own_vector(i)))
            return;
    }
    tap_next("without waiting");
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++)
        lapic_ipi(ICR_FIXED | ICR_ASSERT | own_vector(i), cpu_at(i)->apic_id);
    check_one_each(0, own_vector);
}

static void send_to_first(void *arg)
{
    (void)arg;
    lapic_ipi(ICR_FIXED | ICR_ASSERT | own_vector(this_cpu()->index), cpu_at(0)->apic_id);
}

static void send_to_next(void *arg)
{
    unsigned next = (this_cpu()->index + 1) % cpu_count();

    (void)arg;
    lapic_ipi(ICR_FIXED | ICR_ASSERT | own_vector(next), cpu_at(next)->apic_id);
}

static void case_senders(void)
{
    tap_next("to CPU 0");
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        unsigned before = irq_count(0, own_vector(i));

        tap_check(on_cpu(i, send_to_first, NULL), "CPU %u does not answer", i);
        tap_check(irq_count_wait(0, own_vector(i), before + 1), "CPU %u's did not arrive", i);
    }
    tap_check(irq_count_all(0) == cpu_count(), "%u interrupts", irq_count_all(0));
    tap_next("to the next one");
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, send_to_next, NULL), "CPU %u does not answer", i);
    check_one_each(0, own_vector);
}

static void case_broadcast(void)
{
    tap_next("all but me");
    irq_count_begin();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_ALL_BUT_ME | common_vector(0), 0);
    check_one_each(1, common_vector);
    tap_next("all");
    irq_count_begin();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_ALL | common_vector(0), 0);
    check_one_each(0, common_vector);
    tap_next("physical");
    irq_count_begin();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | common_vector(0), this_cpu()->x2apic ? 0xFFFFFFFF : 0xFF);
    check_one_each(0, common_vector);
}

/*
 * One IPI for each cluster of 16: its number in the upper half, everyone who is there in the lower.
 */
static void case_clusters(void)
{
    bool done[MAX_CPUS] = {false};

    if (!this_cpu()->x2apic) {
        tap_skip("x2APIC mode only");
        return;
    }
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        uint32_t cluster = cpu_at(i)->apic_id >> 4, members = 0;

        if (done[i])
            continue;
        for (unsigned j = i; j < cpu_count(); j++) {
            if (cpu_at(j)->apic_id >> 4 != cluster)
                continue;
            members |= BIT32(cpu_at(j)->apic_id & 0xF);
            done[j] = true;
        }
        lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_LOGICAL | common_vector(0), cluster << 16 | members);
    }
    check_one_each(0, common_vector);
}

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

static void case_nmi(void)
{
    trap_set_handler(VECTOR_NMI, on_nmi);
    for (unsigned i = 0; i < cpu_count(); i++) {
        unsigned long before = atomic_load(&cpu_at(i)->nmis);
        uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

        lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(i)->apic_id);
        while (atomic_load(&cpu_at(i)->nmis) == before && clock_us() < end)
            cpu_pause();
        tap_check(atomic_load(&cpu_at(i)->nmis) == before + 1, "CPU %u: %lu NMIs", i,
                  atomic_load(&cpu_at(i)->nmis) - before);
    }
}

static void case_restart(void)
{
    unsigned started = 0;

    for (unsigned i = cpu_count() - 1; i > 0; i = i > RESTART_EVERY ? i - RESTART_EVERY : 0) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots + 1, "CPU %u started %u times", i,
                  atomic_load(&cpu_at(i)->boots) - boots);
        started++;
    }
    if (!started)
        tap_skip("one CPU");
}

const struct payload_case payload_cases[] = {
    {"all-started", case_all_started, NULL},
    {"identity", case_identity, NULL},
    {"own-vector", case_own_vector, NULL},
    {"senders", case_senders, NULL},
    {"broadcast", case_broadcast, NULL},
    {"clusters", case_clusters, NULL},
    {"nmi", case_nmi, NULL},
    {"restart", case_restart, NULL},
    {"identity-at-the-end", case_identity, NULL},
    {NULL, NULL, NULL},
};
