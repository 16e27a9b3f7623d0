/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPU 0 and the CPUs behind the subject do to it, and to each other, meanwhile. */
#ifndef GUEST_FUZZ_DISTURB_H
#define GUEST_FUZZ_DISTURB_H

#include <lapwing/types.h>

void disturb_init(uint64_t seed, bool alone);

/*
 * Has the subject make the steps from `first` up to `end`. Returns false if the subject made no
 * progress for a long time, or found something wrong; progress.step is the step then.
 */
bool disturb_and_run(uint64_t first, uint64_t end);

/* Ends the others' work, and starts who was lost by a step. Returns true if all are online. */
bool disturb_stop(void);

#endif
