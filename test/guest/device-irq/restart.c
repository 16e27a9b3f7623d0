/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INIT and SIPI of a CPU that has a level-triggered interrupt. A LAPIC that INIT resets sends no
 * EOI, so on a bare machine the I/O APIC's remote IRR stays until software changes the trigger mode
 * back and forth, as line_arm() does. Under Lapwing remote IRR is clear already, because Lapwing
 * empties the LAPIC by EOIs. Both end alike after line_arm().
 */
#include "device-irq/cases.h"

#define AFTERWARDS 5

static atomic_uint waiting;

static void spin_for_ever(void)
{
    atomic_store(&waiting, 1);
    for (;;)
        cpu_pause();
}

static void spin_closed(void *arg)
{
    (void)arg;
    irq_disable();
    spin_for_ever();
}

static void enter_x2apic(void *arg)
{
    (void)arg;
    lapic_enter_x2apic();
}

static void restart(unsigned cpu, bool x2apic)
{
    tap_check(smp_start(cpu), "CPU %u does not start", cpu);
    if (x2apic && !cpu_at(cpu)->x2apic) /* Bochs */
        tap_check(on_cpu(cpu, enter_x2apic, NULL), "CPU %u is lost", cpu);
}

static void works_at(unsigned cpu)
{
    line_arm(&uart, ARM_LEVEL, cpu);
    line_repeat(&uart, AFTERWARDS);
    line_check(&uart, AFTERWARDS);
    tap_check(atomic_load(&record_of(&uart)->by_cpu[cpu]) == AFTERWARDS, "not on CPU %u", cpu);
}

/* The line is low when the INIT comes. */
static void in_service(unsigned cpu, bool x2apic)
{
    struct record *r = line_arm(&uart, ARM_LEVEL, cpu);

    tap_next("in service, CPU %u", cpu);
    atomic_store(&waiting, 0);
    r->during = spin_for_ever;
    uart.raise();
    tap_check(wait_for(&waiting, 1), "not taken");
    restart(cpu, x2apic);
    delay_us(QUIET_US);
    tap_check(atomic_load(&r->begun) == 1, "taken %u times", atomic_load(&r->begun));
    works_at(cpu);
    works_at(0);
    line_disarm(&uart);
}

/* The line goes low and is masked, and the request stays in the LAPIC. */
static void requested(unsigned cpu, bool x2apic)
{
    struct record *r = line_arm(&uart, ARM_LEVEL, cpu);

    tap_next("requested, CPU %u", cpu);
    atomic_store(&waiting, 0);
    cpu_post(cpu, spin_closed, NULL);
    tap_check(wait_for(&waiting, 1), "CPU %u does not answer", cpu);
    uart.raise();
    delay_us(QUIET_US);
    uart.lower();
    restart(cpu, x2apic);
    delay_us(QUIET_US);
    tap_check(!atomic_load(&r->begun), "a request survives INIT");
    works_at(cpu);
    works_at(0);
    line_disarm(&uart);
}

/* The line stays high, and goes to CPU 0 from now on. */
static void moved(unsigned cpu, bool x2apic)
{
    struct record *r = line_arm(&uart, ARM_LEVEL, cpu);

    tap_next("in service and moved, CPU %u", cpu);
    atomic_store(&waiting, 0);
    r->keep = 1;
    r->during = spin_for_ever;
    uart.raise();
    tap_check(wait_for(&waiting, 1), "not taken");
    r->during = NULL;
    r->quick = true;
    line_reroute(&uart, 0);
    restart(cpu, x2apic);
    io_apic_mask(uart.pin); /* by way of edge-triggered */
    line_reroute(&uart, 0);
    tap_check(line_wait(&uart, 1), "CPU 0 does not get it");
    delay_us(QUIET_US);
    tap_check(atomic_load(&r->by_cpu[cpu]) == 1 && atomic_load(&r->by_cpu[0]) == 1,
              "CPU %u: %u, CPU 0: %u", cpu, atomic_load(&r->by_cpu[cpu]),
              atomic_load(&r->by_cpu[0]));
    works_at(0);
    works_at(cpu);
    line_disarm(&uart);
}

void case_restart(void)
{
    const bool x2apic = this_cpu()->x2apic;

    for (unsigned i = 1; i < cpu_count(); i++) {
        in_service(i, x2apic);
        requested(i, x2apic);
        moved(i, x2apic);
    }
}
