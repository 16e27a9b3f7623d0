/* SPDX-License-Identifier: GPL-2.0-only */
/* A level-triggered line while its CPU's LAPIC is enabled, disabled, or switched to x2APIC mode. */
#include "device-irq/cases.h"

#define AFTERWARDS 5

const char *unfit_for_software_off(void)
{
    return lapic_is_bochs() ? "Bochs' LAPIC delivers while software has disabled it" : NULL;
}

/* SVR's bit is off while the line rises, and while a request waits. */
static void software_off(void *arg)
{
    uint32_t svr = lapic_read(LAPIC_SVR);

    (void)arg;
    lapic_write(LAPIC_SVR, svr & ~LAPIC_SVR_ENABLE);
    uart.raise();
    delay_us(QUIET_US);
    tap_check(!atomic_load(&record_of(&uart)->begun), "delivered while disabled");
    lapic_write(LAPIC_SVR, svr);
    tap_check(line_wait(&uart, 1), "not delivered after it was enabled");

    irq_disable();
    uart.raise();
    tap_check(line_wait_requested(&uart), "not requested");
    lapic_write(LAPIC_SVR, svr & ~LAPIC_SVR_ENABLE);
    delay_us(QUIET_US);
    lapic_write(LAPIC_SVR, svr);
    irq_enable();
    tap_check(line_wait(&uart, 2), "a request is lost");
}

/* In service while it is off and on. */
static void off_in_handler(void)
{
    uint32_t svr = lapic_read(LAPIC_SVR);

    lapic_write(LAPIC_SVR, svr & ~LAPIC_SVR_ENABLE);
    lapic_write(LAPIC_SVR, svr);
}

void case_software_off(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("CPU %u", i);
        line_arm(&uart, ARM_LEVEL, i);
        tap_check(on_cpu(i, software_off, NULL), "CPU %u does not answer", i);
        record_of(&uart)->during = off_in_handler;
        line_repeat(&uart, AFTERWARDS);
        line_check(&uart, 2 + AFTERWARDS);
        line_disarm(&uart);
    }
}

static void enter_while_requested(void *arg)
{
    (void)arg;
    irq_disable();
    uart.raise();
    tap_check(line_wait_requested(&uart), "not requested");
    lapic_enter_x2apic();
    tap_check(lapic_bit(LAPIC_IRR, VECTOR_UART), "the request is lost");
    tap_check(!atomic_load(&record_of(&uart)->begun), "delivered with IF = 0");
    irq_enable();
}

/* CPUs in turn: a request waits, or the interrupt is in service. */
void case_enter_x2apic(void)
{
    if (this_cpu()->x2apic || !lapic_has_x2apic()) {
        tap_skip(lapic_has_x2apic() ? "firmware left x2APIC mode on" : "no x2APIC");
        return;
    }
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("%s, CPU %u", i % 2 ? "in service" : "requested", i);
        line_arm(&uart, ARM_LEVEL, i);
        if (i % 2) {
            record_of(&uart)->during = lapic_enter_x2apic;
            uart.raise();
        } else {
            tap_check(on_cpu(i, enter_while_requested, NULL), "CPU %u does not answer", i);
        }
        tap_check(line_wait(&uart, 1), "lost");
        record_of(&uart)->during = NULL;
        line_repeat(&uart, AFTERWARDS);
        line_check(&uart, 1 + AFTERWARDS);
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
        line_disarm(&uart);
    }
}

const char *unfit_for_switching_off(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (!leaf.base)
        return "bare";
    return lapic_is_locked() ? "locked in x2APIC mode" : unfit_for_software_off();
}

static void switch_off(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_EN | APIC_BASE_EXTD));
    this_cpu()->x2apic = false;
}

static void switch_on(bool x2apic)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EN);
    if (x2apic)
        lapic_enter_x2apic();
    lapic_enable();
}

static void off_while_it_rises(void *arg)
{
    const bool x2apic = this_cpu()->x2apic;

    (void)arg;
    switch_off();
    uart.raise();
    delay_us(QUIET_US);
    tap_check(!atomic_load(&record_of(&uart)->begun), "delivered while off");
    switch_on(x2apic);
}

/* Its EOI is written to a LAPIC that knows nothing of it. */
static void off_while_in_service(void)
{
    const bool x2apic = this_cpu()->x2apic;

    switch_off();
    switch_on(x2apic);
}

static void serve_and_forget(unsigned cpu)
{
    struct record *r = line_arm(&uart, ARM_LEVEL, cpu);

    r->quick = true;
    r->during = off_while_in_service;
    uart.raise();
    (void)line_wait(&uart, 1);
    tap_check(atomic_load(&r->begun) == 1, "%u times in service", atomic_load(&r->begun));
}

void case_switched_off(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("CPU %u", i);
        line_arm(&uart, ARM_LEVEL, i);
        tap_check(on_cpu(i, off_while_it_rises, NULL), "CPU %u does not answer", i);
        tap_check(line_wait(&uart, 1), "the line is still raised, and nothing came");
        line_repeat(&uart, AFTERWARDS);
        line_check(&uart, 1 + AFTERWARDS);
        serve_and_forget(i);
        line_arm(&uart, ARM_LEVEL, i);
        line_repeat(&uart, AFTERWARDS);
        line_check(&uart, AFTERWARDS);
        line_disarm(&uart);
    }
}
