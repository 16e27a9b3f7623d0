/* SPDX-License-Identifier: GPL-2.0-only */
/* Edges arrive exactly once each: alone, among IPIs, and with interrupts off. */
#include "device-irq/cases.h"

#define EDGES   500
#define LOADED  200
#define WINDOWS 20

void case_edge(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("%u to CPU %u", EDGES, i);
        line_arm(&uart, ARM_EDGE, i);
        line_repeat(&uart, EDGES);
        line_check(&uart, EDGES);
        tap_check(atomic_load(&record_of(&uart)->by_cpu[i]) == EDGES, "not all on CPU %u", i);
        line_disarm(&uart);
    }
}

struct load {
    unsigned target, sent;
};

static void send_ipis(void *arg)
{
    struct load *load = arg;

    while (load->sent < LOADED) {
        lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_IPI, cpu_at(load->target)->apic_id);
        load->sent++;
        if (!wait_for(&ipis, load->sent))
            return;
    }
}

static void load_cpu(unsigned target, unsigned sender, enum arm_flags flags)
{
    struct load load = {.target = target};

    tap_next("%s, CPU %u, IPIs of CPU %u", flags & ARM_LEVEL ? "level" : "edges", target, sender);
    count_ipis();
    line_arm(&uart, flags, target);
    cpu_post(sender, send_ipis, &load);
    line_repeat(&uart, LOADED);
    tap_check(cpu_join(sender, LONG_TIMEOUT_MS), "CPU %u still waits for IPI %u", sender,
              load.sent);
    line_check(&uart, LOADED);
    CHECK_EQ(atomic_load(&ipis), LOADED);
    line_disarm(&uart);
}

void case_edge_load(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        unsigned sender = i + 1 < cpu_count() ? i + 1 : 1;

        if (sender == i)
            continue; /* two CPUs: the other one raises the line */
        load_cpu(i, sender, ARM_EDGE);
        load_cpu(i, sender, ARM_LEVEL);
    }
}

/* Two edges while interrupts are off are one; a level that lasts is one. */
static void window(void *arg)
{
    const bool level = record_of(&uart)->level;
    unsigned *taken = arg;

    for (unsigned n = 0; n < WINDOWS; n++) {
        irq_disable();
        uart.raise();
        if (!level) {
            uart.lower();
            uart.raise();
            uart.lower();
        }
        tap_check(line_wait_requested(&uart), "not requested");
        tap_check(atomic_load(&record_of(&uart)->begun) == n, "delivered with IF = 0");
        irq_enable();
        if (!line_wait(&uart, n + 1))
            break;
        ++*taken;
    }
}

void case_edge_window(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        for (unsigned level = 0; level < 2; level++) {
            unsigned taken = 0;

            tap_next("%s, CPU %u", level ? "level" : "edges", i);
            line_arm(&uart, level ? ARM_LEVEL : ARM_EDGE, i);
            tap_check(on_cpu(i, window, &taken), "CPU %u does not answer", i);
            tap_check(taken == WINDOWS, "number %u is lost", taken + 1);
            line_check(&uart, WINDOWS);
            line_disarm(&uart);
        }
    }
}
