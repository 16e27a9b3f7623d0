/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing the FACS; see facs.h. No state. */
#include "core/start/facs.h"

#include <lapwing/string.h>

#define FACS_64BIT_WAKE_SUPPORTED BIT32(1) /* flags */
#define FACS_VERSION_X_VECTOR     1

bool facs_is_good(const struct facs *f)
{
    return memcmp(f->signature, "FACS", sizeof(f->signature)) == 0 && f->length >= sizeof(*f);
}

bool facs_has_x_vector(const struct facs *f)
{
    return f->version >= FACS_VERSION_X_VECTOR;
}

void facs_hide_64bit_wake(struct facs *f)
{
    f->flags &= ~FACS_64BIT_WAKE_SUPPORTED;
}

/*
 * The X vector goes before the other one, and a guest could have raised the version: so it is
 * cleared even if the firmware has shown none.
 */
struct facs_vectors facs_take(struct facs *f, uint32_t own)
{
    volatile struct facs *now = f;
    struct facs_vectors guests = {.vector = now->vector, .x_vector = now->x_vector};

    now->vector = own;
    now->x_vector = 0;
    return guests;
}

void facs_give_back(struct facs *f, const struct facs_vectors *guests)
{
    f->vector = guests->vector;
    f->x_vector = guests->x_vector;
}

struct facs_entry facs_entry(const struct facs_vectors *guests, bool has_x_vector)
{
    if (has_x_vector && guests->x_vector)
        return (struct facs_entry){.kind = FACS_ENTRY_FLAT32,
                                   .address = (uint32_t)guests->x_vector};
    if (guests->vector)
        return (struct facs_entry){.kind = FACS_ENTRY_REAL,
                                   .cs = (uint16_t)(guests->vector >> 4),
                                   .ip = (uint16_t)(guests->vector & 0xF)};
    return (struct facs_entry){.kind = FACS_ENTRY_NONE};
}
