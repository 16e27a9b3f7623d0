/* SPDX-License-Identifier: GPL-2.0-only */
/* How an operation of the bench is timed and reported. */
#ifndef GUEST_BENCH_MEASURE_H
#define GUEST_BENCH_MEASURE_H

/* Does the operation once. `n` counts from 0 in each batch. */
typedef void (*bench_op)(unsigned n);

/*
 * Prints the TSC ticks of one operation, loop and call left out, as "# bench MODE NAME TICKS". Batches
 * are timed as a whole, because a TSC may advance in steps; the fastest batch counts. Interrupts stay
 * as they are.
 */
void bench_measure(const char *mode, const char *name, bench_op op);

/* The same for an operation that few repetitions show, because it takes long. */
void bench_measure_long(const char *mode, const char *name, bench_op op);

/* The cases: instructions, and the LAPIC in the present mode. */
void case_instructions(void);
void case_lapic(void);
void case_ipis(void);

#endif
