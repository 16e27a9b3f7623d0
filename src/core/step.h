/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps the guest over one instruction whose access to a page was refused. A scratch page replaces
 * that page, so the write lands in the scratch page, and a completion function then looks at it. A
 * CPU has one step at a time, and only this CPU touches the step's state.
 *
 * Nothing but the instruction runs while a step is open. An exit that is neither the step's own
 * trap nor a further page of the instruction shows that something else was executed (by a stale
 * translation, or another CPU's store to the code). So the step ends first, as not completed: see
 * step_interrupted().
 */
#ifndef CORE_STEP_H
#define CORE_STEP_H

#include <lapwing/types.h>
#include "core/vm_exit.h"

struct vcpu;

/*
 * Maps what belongs at `page` now, which may differ from what was there when the step began, and
 * flushes.
 */
typedef void step_restore_fn(struct vcpu *v, gpa_t page);

/*
 * Runs on the CPU that stepped, and begins no step. `completed`: the instruction was executed, not
 * aborted.
 */
typedef void step_done_fn(struct vcpu *v, bool completed);

/* The most pages of one instruction: a store across a boundary, and the walk that leads there. */
#define STEP_PAGES 4

/* What a step does with a page that it replaces. */
struct step_kind {
    unsigned rights; /* of the scratch page: enum pt_prot bits */
    step_restore_fn *restore;
    step_done_fn *done;
};

struct step {
    bool active;
    unsigned count;
    struct step_page {
        gpa_t page;
        const struct step_kind *kind;
    } pages[STEP_PAGES];
};

/*
 * Maps the scratch page at `page` and lets one instruction run. Then `restore` is called, and
 * then `done`. During a step: adds a further page of the same instruction. If the instruction would
 * see the step in its flags, translations are flushed instead; `is_store` says that it is decoded,
 * and a plain store, which sees none. Returns EXIT_RESUME, which the exit handler returns too.
 */
enum exit_result step_begin(struct vcpu *v, gpa_t page, hpa_t scratch, const struct step_kind *kind,
                            bool is_store);

/* Ends the step: its trap came (completed), or something else cut it short. */
void step_end(struct vcpu *v, bool completed);

/* Ends an open step, as not completed, if `x` is not a part of it. Before `x` is dispatched. */
void step_interrupted(struct vcpu *v, const struct vm_exit *x);

#endif
