/* SPDX-License-Identifier: GPL-2.0-only */
/* Timing in batches by the TSC; see measure.h. No state. */
#include "bench/measure.h"

#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/tap.h"

#define BATCHES    5
#define BATCH      64
#define BATCH_LONG 8

static uint64_t batch(bench_op op, unsigned times)
{
    const uint64_t begin = rdtsc();

    for (unsigned n = 0; n < times; n++)
        op(n);
    return rdtsc() - begin;
}

static uint64_t fastest(bench_op op, unsigned times)
{
    uint64_t best = UINT64_MAX;

    op(0); /* translations may be filled in lazily */
    for (unsigned i = 0; i < BATCHES; i++) {
        const uint64_t ticks = batch(op, times);

        best = ticks < best ? ticks : best;
    }
    return best;
}

static void nothing(unsigned n)
{
    (void)n;
    __asm__ volatile("" : : : "memory");
}

static void measure(const char *mode, const char *name, bench_op op, unsigned times)
{
    const uint64_t empty = fastest(nothing, times), all = fastest(op, times);

    tap_check(all > empty, "%s: %lu ticks for %u times", name, (unsigned long)all, times);
    print("# bench %s %s %lu\n", mode, name, (unsigned long)((all - empty) / times));
}

void bench_measure(const char *mode, const char *name, bench_op op)
{
    measure(mode, name, op, BATCH);
}

void bench_measure_long(const char *mode, const char *name, bench_op op)
{
    measure(mode, name, op, BATCH_LONG);
}
