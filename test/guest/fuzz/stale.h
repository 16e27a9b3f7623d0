/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUs other than the subject do to its code and its mapping. */
#ifndef GUEST_FUZZ_STALE_H
#define GUEST_FUZZ_STALE_H

#include "fuzz/random.h"

/* Before the first step. */
void race_init(void);

/* Exchanges the instruction that the subject may be executing, or the page that it may write. */
void race_change(struct random *r);

#endif
