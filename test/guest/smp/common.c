/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases of smp share: beating CPUs, boot counts, logical IDs. */
#include "smp/cases.h"

static atomic_bool beating_may_go_on;

bool have_aps(void)
{
    if (cpu_count() > 1)
        return true;
    tap_skip("one CPU");
    return false;
}

static void beat(void *arg)
{
    struct percpu *cpu = this_cpu();

    (void)arg;
    while (atomic_load(&beating_may_go_on)) {
        atomic_fetch_add(&cpu->beats, 1);
        cpu_pause();
    }
}

bool start_beating(unsigned index)
{
    unsigned long before = atomic_load(&cpu_at(index)->beats);
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    atomic_store(&beating_may_go_on, true);
    if (!atomic_load(&cpu_at(index)->online))
        return false;
    cpu_post(index, beat, NULL);
    while (atomic_load(&cpu_at(index)->beats) == before)
        if (clock_us() > end)
            return false;
    return true;
}

bool stop_beating(unsigned index)
{
    atomic_store(&beating_may_go_on, false);
    return cpu_join(index, CPU_TIMEOUT_MS);
}

bool is_beating(unsigned index)
{
    unsigned long before = atomic_load(&cpu_at(index)->beats);
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    delay_us(QUIET_US);
    while (atomic_load(&cpu_at(index)->beats) == before)
        if (clock_us() > end)
            return false;
    return true;
}

bool has_stopped(unsigned index)
{
    /* An emulator may take its time to reach the CPU: quiet for QUIET_US, at the latest after a
     * second. */
    for (unsigned i = 0; i < 200; i++) {
        unsigned long before = atomic_load(&cpu_at(index)->beats);

        delay_us(QUIET_US);
        if (atomic_load(&cpu_at(index)->beats) == before)
            return true;
    }
    return false;
}

void boot_counts(unsigned counts[MAX_CPUS])
{
    for (unsigned i = 0; i < cpu_count(); i++)
        counts[i] = atomic_load(&cpu_at(i)->boots);
}

bool booted_since(const unsigned before[MAX_CPUS], unsigned more)
{
    for (unsigned i = 1; i < cpu_count(); i++) {
        if (!smp_wait_boots(i, before[i] + more, CPU_TIMEOUT_MS) || !cpu_alive(i))
            return tap_check(false, "CPU %u did not start", i);
        if (atomic_load(&cpu_at(i)->boots) != before[i] + more)
            return tap_check(false, "CPU %u started %u times, want %u", i,
                             atomic_load(&cpu_at(i)->boots) - before[i], more);
    }
    return true;
}

static void write_logical_id(void *arg)
{
    enum logical_model model = *(const enum logical_model *)arg;

    if (model == LOGICAL_X2APIC)
        return;
    lapic_write(LAPIC_DFR, model == LOGICAL_FLAT ? 0xFFFFFFFF : 0x0FFFFFFF);
    lapic_write(LAPIC_LDR, logical_dest(this_cpu()->index, model) << 24);
}

void set_logical_id(unsigned index, enum logical_model model)
{
    tap_check(on_cpu(index, write_logical_id, &model), "CPU %u does not answer", index);
}

uint32_t logical_dest(unsigned index, enum logical_model model)
{
    uint32_t id = cpu_at(index)->apic_id;

    if (model == LOGICAL_FLAT)
        return BIT32(index % 8);
    if (model == LOGICAL_CLUSTER)
        return (index / 4 % 15) << 4 | BIT32(index % 4);
    return (id & ~UINT32_C(0xF)) << 12 | BIT32(id & 0xF);
}

uint32_t unused_apic_id(void)
{
    for (uint32_t id = 0xFE;; id--) {
        unsigned i = 0;

        while (i < cpu_count() && cpu_at(i)->apic_id != id)
            i++;
        if (i == cpu_count())
            return id;
    }
}
