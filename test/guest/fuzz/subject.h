/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU that executes the steps, number 1. What it shares with CPU 0, which disturbs and watches
 * it, is atomic.
 */
#ifndef GUEST_FUZZ_SUBJECT_H
#define GUEST_FUZZ_SUBJECT_H

#include <stdatomic.h>
#include "fuzz/random.h"
#include "lib/trap.h"

#define SUBJECT 1

/* What is to be done. Written before the subject starts. */
struct plan {
    uint64_t seed;
    const char *kind; /* this kind only; "": all */
    bool trace;       /* print each step before it is made */
    bool bare;
    bool bochs_lapic; /* accesses reach a LAPIC of Bochs' */
};

extern struct plan plan;

struct progress {
    atomic_ulong step; /* the present one */
    atomic_ulong end;  /* the first that is not to be made */
    atomic_ulong rip;  /* where the subject's latest NMI came */
    atomic_ulong nested_nmis;
    atomic_ulong wrong; /* 1 + the first step after which something was wrong; 0: none */
    char why[128];
};

extern struct progress progress;

/* Makes the steps from progress.step to progress.end; a job. */
void subject_run(void *arg);

/* Returns the name of the step's kind. */
const char *subject_kind(uint64_t step);

/* Prints how many steps each kind had, and how many of them ended in an exception. */
void subject_print_counts(void);

/*
 * Until the step ends no CPU is sent an INIT by CPU 0, and none is on its way through the
 * trampoline: INIT finds no LAPIC that is off, and NMI no CPU without a handler.
 */
void step_guard(void);

#endif
