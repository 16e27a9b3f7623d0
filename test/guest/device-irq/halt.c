/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU in HLT wakes for each interrupt, however close to the HLT the interrupt comes. */
#include "device-irq/cases.h"

#define TIMES  200
#define PULSES 50

static struct trial {
    const struct line *line;
    unsigned target, times;
    unsigned lost; /* number of the one that did not come, from 1 */
    bool late;     /* it came when an IPI woke the CPU */
    atomic_bool stop;
} trial;

static void sleep_until_told(void *arg)
{
    (void)arg;
    while (!atomic_load(&trial.stop)) {
        irq_disable();
        if (atomic_load(&trial.stop))
            irq_enable();
        else
            irq_enable_and_halt();
    }
}

static void raise_while_halted(void *arg)
{
    const struct record *r = record_of(trial.line);
    unsigned n = 0;

    (void)arg;
    while (n < trial.times && !trial.lost) {
        /* Asleep, falling asleep, or just awake. */
        for (unsigned i = 0; i < n % 16 * 8; i++)
            cpu_pause();
        trial.line->raise();
        n++;
        if (!wait_for(&r->ended, n))
            trial.lost = n;
    }
    atomic_store(&trial.stop, true);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_WAKE, cpu_at(trial.target)->apic_id);
    if (trial.lost)
        trial.late = wait_for(&r->ended, n);
}

static void wake(const struct line *line, enum arm_flags flags, unsigned target, unsigned times)
{
    tap_next("%s, %s, CPU %u", line->name, flags & ARM_LEVEL ? "level" : "edge", target);
    trial.line = line;
    trial.target = target;
    trial.times = times;
    trial.lost = 0;
    trial.late = false;
    atomic_store(&trial.stop, false);
    line_arm(line, flags, target);
    if (target == 0) {
        cpu_post(1, raise_while_halted, NULL);
        sleep_until_told(NULL);
        tap_check(cpu_join(1, LONG_TIMEOUT_MS), "CPU 1 does not answer");
    } else {
        cpu_post(target, sleep_until_told, NULL);
        raise_while_halted(NULL);
        tap_check(cpu_join(target, CPU_TIMEOUT_MS), "CPU %u does not wake", target);
    }
    tap_check(!trial.lost, "number %u of %u %s", trial.lost, times,
              trial.late ? "did not wake it" : "is lost");
    line_check(line, times);
    line_disarm(line);
}

void case_halted(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        wake(&uart, ARM_LEVEL, i, TIMES);
        wake(&uart, ARM_EDGE, i, TIMES);
        wake(&timer, ARM_EDGE, i, PULSES);
    }
}
