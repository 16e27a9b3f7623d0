/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of two exceptions at once, for both vendors. Pure. */
#include "core/vm_exit.h"

#include "core/host/x86.h"

static bool contributory(uint8_t vector)
{
    return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP) || vector == VEC_CP;
}

void vm_exit_merge_exceptions(struct vm_exit *x, uint8_t first)
{
    uint8_t second = x->excp.event.vector;

    if (first == VEC_DF)
        x->kind = EXIT_TRIPLE_FAULT;
    else if ((contributory(first) && contributory(second)) ||
             (first == VEC_PF && (contributory(second) || second == VEC_PF))) {
        x->kind = EXIT_EXCEPTION;
        x->info = VEC_DF;
        x->excp.event = (struct vm_event){.vector = VEC_DF, .has_error = true};
    }
}
