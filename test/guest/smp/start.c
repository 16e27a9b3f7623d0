/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain start and restart, the identity of each CPU, and the switch to x2APIC mode. */
#include <lapwing/string.h>
#include "smp/cases.h"

#define ROUNDS 20

void case_all_started(void)
{
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(cpu_alive(i), "CPU %u (APIC ID %u) does not answer", i, cpu_at(i)->apic_id);
    tap_check(cpu_count() >= 1, "no CPU");
    print("# %u CPUs\n", cpu_count());
}

static void read_leaf(void *arg)
{
    leaf_read(arg);
}

/* An emulator can make a CPU that escaped look like a success: each must see the same Lapwing, or
 * none. */
void case_leaf(void)
{
    struct leaf_info first;
    bool seen[MAX_CPUS] = {false};

    leaf_read(&first);
    for (unsigned i = 0; i < cpu_count(); i++) {
        struct leaf_info info;

        memset(&info, 0, sizeof(info));
        if (!tap_check(on_cpu(i, read_leaf, &info), "CPU %u does not answer", i))
            continue;
        tap_check(info.base == first.base, "CPU %u sees leaf 0x%x, CPU 0 0x%x", i, info.base,
                  first.base);
        tap_check(strcmp(info.strategy, first.strategy) == 0, "CPU %u: strategy %s", i,
                  info.strategy);
        if (!info.base)
            continue;
        if (tap_check(info.cpu < cpu_count() && !seen[info.cpu], "CPU %u: Lapwing's index %u", i,
                      info.cpu))
            seen[info.cpu] = true;
    }
}

static void read_id(void *arg)
{
    *(uint32_t *)arg = lapic_id();
}

void case_apic_ids(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        uint32_t id = UINT32_MAX;

        tap_check(on_cpu(i, read_id, &id), "CPU %u does not answer", i);
        tap_check(id == cpu_at(i)->apic_id, "CPU %u: APIC ID register %u, CPUID %u", i, id,
                  cpu_at(i)->apic_id);
    }
}

void case_restart_each(void)
{
    if (!have_aps())
        return;
    for (unsigned round = 0; round < ROUNDS; round++)
        for (unsigned i = 1; i < cpu_count(); i++)
            if (!tap_check(smp_start(i) && cpu_alive(i), "CPU %u round %u", i, round))
                return;
}

void case_restart_together(void)
{
    if (!have_aps())
        return;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned before[MAX_CPUS];

        boot_counts(before);
        for (unsigned i = 1; i < cpu_count(); i++)
            smp_forget(i);
        trampoline_install(TRAMPOLINE_VECTOR);
        lapic_ipi(ICR_INIT | ICR_ASSERT | ICR_ALL_BUT_ME, 0);
        delay_us(1000);
        lapic_ipi(ICR_SIPI | ICR_ASSERT | ICR_ALL_BUT_ME | TRAMPOLINE_VECTOR, 0);
        lapic_ipi(ICR_SIPI | ICR_ASSERT | ICR_ALL_BUT_ME | TRAMPOLINE_VECTOR, 0);
        if (!tap_check(booted_since(before, 1), "round %u", round))
            break;
    }
    smp_start_all();
}

static void start_another(void *arg)
{
    unsigned index = *(const unsigned *)arg;

    smp_init_ipi(index);
    delay_us(1000);
    smp_startup_ipi(index, TRAMPOLINE_VECTOR);
}

void case_started_by_ap(void)
{
    if (cpu_count() < 3) {
        tap_skip("fewer than 3 CPUs");
        return;
    }
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned target = i + 1 < cpu_count() ? i + 1 : 1;
        unsigned boots = atomic_load(&cpu_at(target)->boots);

        trampoline_install(TRAMPOLINE_VECTOR);
        tap_check(on_cpu(i, start_another, &target), "CPU %u could not send", i);
        tap_check(smp_wait_boots(target, boots + 1, CPU_TIMEOUT_MS),
                  "CPU %u was not started by CPU %u", target, i);
    }
    smp_start_all();
}

static void enter_x2apic(void *arg)
{
    (void)arg;
    lapic_enter_x2apic();
    lapic_enable();
}

const char *unfit_for_x2apic(void)
{
    return this_cpu()->x2apic ? NULL : "no x2APIC";
}

/* CPUs change one after the other: in between, the machine is mixed, and each must still answer. */
void case_enter_x2apic(void)
{
    if (!lapic_has_x2apic()) {
        struct fault fault = {0};

        tap_check(trap_call(enter_x2apic, NULL, &fault) && fault.vector == VECTOR_GP,
                  "no x2APIC, but setting APIC_BASE.EXTD gave no #GP");
        tap_check(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD), "no x2APIC, but EXTD is set");
        return;
    }
    for (unsigned i = cpu_count(); i-- > 0;) {
        tap_check(on_cpu(i, enter_x2apic, NULL), "CPU %u", i);
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
    }
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
    tap_check(rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD, "APIC_BASE.EXTD reads 0");
}
