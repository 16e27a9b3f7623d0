/* SPDX-License-Identifier: GPL-2.0-only */
/* Sequences of INIT and SIPI: repeated, ignored, without delay, de-assert, to nobody, to self. */
#include "smp/cases.h"

void case_init_collapses(void)
{
    if (!have_aps())
        return;
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        trampoline_install(TRAMPOLINE_VECTOR);
        for (unsigned n = 0; n < 5; n++)
            smp_init_ipi(i);
        delay_us(1000);
        smp_init_ipi(i);
        delay_us(1000);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u did not start", i);
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots + 1, "CPU %u started more than once", i);
    }
}

void case_sipi_ignored(void)
{
    if (!have_aps())
        return;
    trampoline_install(TRAMPOLINE_VECTOR);
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        tap_check(start_beating(i), "CPU %u does not beat", i);
        for (unsigned n = 0; n < 10; n++)
            smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(is_beating(i), "CPU %u stopped", i);
        tap_check(stop_beating(i), "CPU %u lost its work", i);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u restarted", i);
    }
    /* The sender itself is running, too. */
    lapic_ipi(ICR_SIPI | ICR_ASSERT | TRAMPOLINE_VECTOR, cpu_at(0)->apic_id);
    delay_us(QUIET_US);
    tap_check(smp_start_all(), "not all CPUs answer");
}

/* A SIPI right behind the INIT is latched behind it, not lost. */
void case_back_to_back(void)
{
    if (!have_aps())
        return;
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 1; i < cpu_count(); i++) {
            unsigned boots = atomic_load(&cpu_at(i)->boots);

            tap_check(start_beating(i), "CPU %u does not beat", i);
            trampoline_install(TRAMPOLINE_VECTOR);
            smp_init_ipi(i);
            smp_startup_ipi(i, TRAMPOLINE_VECTOR);
            if (!tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u: SIPI lost", i))
                break;
        }
    }
    tap_check(smp_start_all(), "not all CPUs answer");
}

/*
 * An INIT right behind a SIPI wins: the CPU may have come as far as the trampoline, even have
 * counted; then it is parked, and takes the next SIPI.
 */
void case_init_wins(void)
{
    if (!have_aps())
        return;
    if (bare_tcg()) {
        tap_skip("QEMU TCG merges the INITs and runs the SIPI behind them");
        return;
    }
    for (unsigned round = 0; round < 10; round++) {
        for (unsigned i = 1; i < cpu_count(); i++) {
            trampoline_install(TRAMPOLINE_VECTOR);
            smp_init_ipi(i);
            smp_startup_ipi(i, TRAMPOLINE_VECTOR);
            smp_init_ipi(i);
            delay_us(4 * QUIET_US);
            smp_forget(i);

            unsigned boots = atomic_load(&cpu_at(i)->boots);

            delay_us(QUIET_US);
            tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u runs after INIT, SIPI, INIT",
                      i);
            smp_startup_ipi(i, TRAMPOLINE_VECTOR);
            if (!tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u is not parked", i))
                break;
        }
    }
    tap_check(smp_start_all(), "not all CPUs answer");
}

void case_deassert(void)
{
    unsigned before[MAX_CPUS];

    boot_counts(before);
    for (unsigned n = 0; n < 3; n++) {
        lapic_ipi(ICR_INIT | ICR_LEVEL | ICR_ALL, 0);
        lapic_ipi(ICR_INIT | ICR_LEVEL | ICR_ALL_BUT_ME, 0);
        for (unsigned i = 0; i < cpu_count(); i++)
            lapic_ipi(ICR_INIT | ICR_LEVEL, cpu_at(i)->apic_id);
    }
    delay_us(QUIET_US);
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(cpu_alive(i), "CPU %u was stopped", i);
    tap_check(booted_since(before, 0), "a CPU restarted");

    /* Between INIT and SIPI, as old systems send it. */
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        trampoline_install(TRAMPOLINE_VECTOR);
        smp_init_ipi(i);
        delay_us(1000);
        lapic_ipi(ICR_INIT | ICR_LEVEL, cpu_at(i)->apic_id);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u did not start", i);
    }
    smp_start_all();
}

void case_nobody(void)
{
    uint32_t id = unused_apic_id();
    unsigned before[MAX_CPUS];

    boot_counts(before);
    lapic_ipi(ICR_INIT | ICR_ASSERT, id);
    lapic_ipi(ICR_SIPI | ICR_ASSERT | TRAMPOLINE_VECTOR, id);
    lapic_ipi(ICR_NMI | ICR_ASSERT, id);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, id);
    /* Logical IDs of nobody: an empty set, and in x2APIC mode a cluster that is not there. */
    lapic_ipi(ICR_INIT | ICR_ASSERT | ICR_LOGICAL, this_cpu()->x2apic ? 0x00FF0001 : 0);
    lapic_ipi(ICR_SIPI | ICR_ASSERT | ICR_LOGICAL | TRAMPOLINE_VECTOR,
              this_cpu()->x2apic ? 0x00FF0001 : 0);
    if (this_cpu()->x2apic) {
        lapic_ipi(ICR_INIT | ICR_ASSERT, 0x12345678);
        lapic_ipi(ICR_SIPI | ICR_ASSERT | TRAMPOLINE_VECTOR, 0x12345678);
    }
    delay_us(QUIET_US);
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(cpu_alive(i), "CPU %u was hit", i);
    tap_check(booted_since(before, 0), "a CPU restarted");
}

static void init_self(void *arg)
{
    (void)arg;
    lapic_ipi(ICR_INIT | ICR_ASSERT | ICR_SELF, 0);
}

static void init_self_by_id(void *arg)
{
    (void)arg;
    lapic_ipi(ICR_INIT | ICR_ASSERT, lapic_id());
}

/*
 * INIT with shorthand self or all-including-self is not valid, a SIPI neither: whatever the LAPIC
 * makes of it, the CPU must be startable afterwards. An INIT to the own physical ID is a plain
 * INIT.
 */
void case_self(void)
{
    if (!have_aps())
        return;
    for (unsigned i = 1; i < cpu_count(); i++) {
        cpu_post(i, init_self, NULL);
        (void)cpu_join(i, 20);
        tap_check(smp_start(i), "CPU %u lost after INIT to shorthand self", i);

        cpu_post(i, init_self_by_id, NULL);
        tap_check(!cpu_join(i, 20), "CPU %u runs after INIT to itself", i);
        tap_check(smp_start(i), "CPU %u lost after INIT to itself", i);
    }
    lapic_ipi(ICR_SIPI | ICR_ASSERT | ICR_SELF | TRAMPOLINE_VECTOR, 0);
    lapic_ipi(ICR_SIPI | ICR_ASSERT | ICR_ALL | TRAMPOLINE_VECTOR, 0);
    delay_us(QUIET_US);
    tap_check(smp_start_all(), "not all CPUs answer");
}
