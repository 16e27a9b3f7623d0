/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps the guest over one instruction whose access to a page was refused, with a scratch page in
 * that page's place: the write lands in the scratch page and a completion function then looks at
 * it. One step at a time on a CPU; all its state is that CPU's.
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include <lapwing/types.h>

struct vcpu;

/* Called on the CPU that stepped. `completed`: the instruction was executed, not aborted. */
typedef void step_done_fn(struct vcpu *v, bool completed);

/*
 * One instruction can write to several: a store across a boundary, and the walk that leads there.
 */
#define STEP_PAGES 4

struct step_page {
    gpa_t page;         /* the page that was replaced */
    hpa_t home;         /* what belongs there */
    unsigned home_prot; /* enum pt_prot: how it is mapped, never writable */
    step_done_fn *done;
};

struct step {
    bool active;
    unsigned count;
    struct step_page pages[STEP_PAGES];
};

/*
 * Maps `scratch` read-write at `page` and lets one instruction run. When it is over `home` is
 * mapped there again with the rights `home_prot`, and `done` called. During a step: takes a further
 * page of the same instruction along.
 */
void step_begin(struct vcpu *v, gpa_t page, hpa_t home, unsigned home_prot, hpa_t scratch,
                step_done_fn *done);

/* The step's trap came (completed), or an exception or INIT cut it short. */
void step_end(struct vcpu *v, bool completed);

#endif
