/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A physical INIT. Under Lapwing no ICR write of the guest becomes one, so the I/O APIC sends it
 * for the timer's interrupt (Intel 82093AA, "I/O Redirection Table Registers"). The timer runs at
 * 18 Hz, as firmware leaves it, so several INITs come.
 */
#include "lib/acpi.h"
#include "lib/io_apic.h"
#include "smp/cases.h"

/* Where firmware may have the timer: the MADT says, and says one of these. */
static const unsigned timer_pins[] = {0, 2};

static void route_timer(uint32_t low, uint32_t apic_id)
{
    for (unsigned i = 0; i < ARRAY_SIZE(timer_pins); i++)
        io_apic_route(timer_pins[i], low, apic_id);
}

/* CPUID does not tell under a hypervisor. */
const char *unfit_for_io_apic_init(void)
{
    return acpi_says_qemu() ? "QEMU TCG intercepts no INIT" : NULL;
}

void case_io_apic_init(void)
{
    if (!have_aps())
        return;
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);
        bool stopped;

        tap_check(start_beating(i), "CPU %u does not beat", i);
        route_timer(IO_APIC_INIT, cpu_at(i)->apic_id);
        stopped = has_stopped(i);
        delay_us(200000); /* parked, it takes some more of them */
        route_timer(IO_APIC_MASKED, 0);
        tap_check(stopped, "CPU %u runs on", i);
        smp_forget(i);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u did not wait for a SIPI", i);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS) && cpu_alive(i),
                  "CPU %u does not start", i);
    }
    tap_check(smp_start_all(), "not all CPUs answer");
}
