/* SPDX-License-Identifier: GPL-2.0-only */
/* The lock between steps that stand no INIT and CPU 0, which sends some. */
#ifndef GUEST_FUZZ_GUARD_H
#define GUEST_FUZZ_GUARD_H

#include <stdatomic.h>
#include <stdbool.h>

enum guard_owner { GUARD_FREE, GUARD_SUBJECT, GUARD_STARTS };

extern atomic_int guard;

static inline bool guard_try(enum guard_owner owner)
{
    int expected = GUARD_FREE;

    return atomic_compare_exchange_strong(&guard, &expected, (int)owner);
}

/* Frees it if `owner` has it. */
static inline void guard_release(enum guard_owner owner)
{
    int expected = (int)owner;

    atomic_compare_exchange_strong(&guard, &expected, GUARD_FREE);
}

#endif
