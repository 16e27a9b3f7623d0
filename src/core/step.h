/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps the guest over one instruction whose access to a page was refused, with a scratch page in
 * that page's place. The write lands in the scratch page, and a completion function then looks at
 * it. One step at a time on a CPU; all of a step's state is that CPU's.
 *
 * Nothing but the instruction runs while a step is open. Whatever exits the guest and is neither
 * the step's own trap nor a further page of the instruction has shown that something else was
 * executed (a stale translation, another CPU's store to the code), so the step ends first, as not
 * completed: see step_interrupted().
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include <lapwing/types.h>
#include "core/vm_exit.h"

struct vcpu;

/* Maps what belongs at `page` at present, which may not be what was there when the step began. */
typedef void step_restore_fn(struct vcpu *v, gpa_t page);

/* Called on the CPU that stepped. `completed`: one instruction was executed, not aborted. */
typedef void step_done_fn(struct vcpu *v, bool completed);

/*
 * One instruction can write to several: a store across a boundary, and the walk that leads there.
 */
#define STEP_PAGES 4

struct step_page {
    gpa_t page; /* the page that was replaced */
    step_restore_fn *restore;
    step_done_fn *done;
};

struct step {
    bool active;
    unsigned count;
    struct step_page pages[STEP_PAGES];
};

/*
 * Maps `scratch` read-write at `page` and lets one instruction run. When it is over `restore` is
 * called, then `done`. During a step: takes a further page of the same instruction along. An
 * instruction that would see the step in its flags gets a flush instead. Always EXIT_RESUME,
 * which is what the handler answers.
 */
enum exit_result step_begin(struct vcpu *v, gpa_t page, hpa_t scratch, step_restore_fn *restore,
                            step_done_fn *done);

/* The step's trap came (completed), or something else cut it short. */
void step_end(struct vcpu *v, bool completed);

/* Ends an open step, as not completed, if `x` is not a part of it. Before `x` is dispatched. */
void step_interrupted(struct vcpu *v, const struct vm_exit *x);

#endif
