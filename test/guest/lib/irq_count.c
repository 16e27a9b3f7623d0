/* SPDX-License-Identifier: GPL-2.0-only */
/* The counts. Each CPU writes its own row; all CPUs read all rows. */
#include "irq_count.h"

#include <stdatomic.h>
#include <lapwing/string.h>
#include "clock.h"
#include "cpu_insn.h"
#include "lapic.h"
#include "smp.h"
#include "trap.h"

static atomic_uint counts[MAX_CPUS][TEST_VECTORS];
static atomic_uint totals[MAX_CPUS];

static void on_interrupt(struct trap_frame *frame)
{
    unsigned index = this_cpu()->index;

    /* Whoever has waited for the count then looks at the total. */
    atomic_fetch_add(&totals[index], 1);
    atomic_fetch_add(&counts[index][frame->vector - VECTOR_TEST], 1);
    lapic_eoi();
}

void irq_count_begin(void)
{
    for (unsigned v = 0; v < TEST_VECTORS; v++)
        trap_set_handler(VECTOR_TEST + v, on_interrupt);
    for (unsigned i = 0; i < cpu_count(); i++) {
        for (unsigned v = 0; v < TEST_VECTORS; v++)
            atomic_store(&counts[i][v], 0);
        atomic_store(&totals[i], 0);
    }
}

unsigned irq_count(unsigned index, unsigned vector)
{
    return atomic_load(&counts[index][vector - VECTOR_TEST]);
}

unsigned irq_count_all(unsigned index)
{
    return atomic_load(&totals[index]);
}

bool irq_count_wait(unsigned index, unsigned vector, unsigned count)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    while (irq_count(index, vector) < count) {
        if (clock_us() >= end)
            return false;
        cpu_pause();
    }
    return true;
}
