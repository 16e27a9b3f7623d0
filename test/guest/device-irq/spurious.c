/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An interrupt of the class that is in service waits for the EOI. Bochs' LAPIC announces it all the
 * same, and gives its spurious vector when the processor asks. The guest may see that as the vector
 * that it has chosen, which sets no ISR bit and takes no EOI. Under apicv the level-triggered line
 * is in service in the physical LAPIC, whose spurious vector is Lapwing's.
 */
#include "device-irq/cases.h"

#define VECTOR_SAME_CLASS (VECTOR_UART + 1)
#define TIMES             20

static atomic_uint spurious, in_service, waiting, too_early;

static void on_spurious(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&spurious, 1);
    if (lapic_bit(LAPIC_ISR, VECTOR_SPURIOUS))
        atomic_fetch_add(&in_service, 1);
}

static void on_same_class(struct trap_frame *frame)
{
    (void)frame;
    if (lapic_bit(LAPIC_ISR, VECTOR_UART))
        atomic_fetch_add(&too_early, 1);
    lapic_eoi();
    atomic_fetch_add(&waiting, 1);
}

static void let_it_wait(void)
{
    irq_enable();
    timer.raise();
    delay_us(QUIET_US);
    irq_disable();
}

static void announce(unsigned cpu)
{
    tap_next("one of the class that is in service, CPU %u", cpu);
    atomic_store(&spurious, 0);
    atomic_store(&in_service, 0);
    atomic_store(&waiting, 0);
    atomic_store(&too_early, 0);
    trap_set_handler(VECTOR_SPURIOUS, on_spurious);
    trap_set_handler(VECTOR_SAME_CLASS, on_same_class);
    line_arm(&uart, ARM_LEVEL, cpu)->during = let_it_wait;
    line_arm(&timer, ARM_EDGE, cpu);
    io_apic_route(timer.pin, VECTOR_SAME_CLASS, cpu_at(cpu)->apic_id);
    for (unsigned n = 1; n <= TIMES; n++) {
        uart.raise();
        if (!tap_check(line_wait(&uart, n) && wait_for(&waiting, n), "number %u is lost", n))
            break;
    }
    line_check(&uart, TIMES);
    line_check(&timer, 0);
    line_disarm(&timer);
    line_disarm(&uart);
    CHECK_EQ(atomic_load(&waiting), TIMES);
    CHECK_EQ(atomic_load(&too_early), 0);
    CHECK_EQ(atomic_load(&in_service), 0);
    tap_check(atomic_load(&spurious) <= TIMES && (atomic_load(&spurious) || !lapic_is_bochs()),
              "%u spurious interrupts", atomic_load(&spurious));
}

void case_spurious(void)
{
    announce(0);
    if (last_cpu())
        announce(last_cpu());
}
