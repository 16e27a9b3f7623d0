/* SPDX-License-Identifier: GPL-2.0-only */
/* The posted-interrupt descriptor; see posted.h. All fields are atomic; no lock. */
#include "apic/apicv/posted.h"

void posted_init(struct posted *p, uint8_t notification_vector, uint32_t dest)
{
    for (unsigned i = 0; i < POSTED_WORDS; i++)
        atomic_store(&p->requests[i], 0);
    atomic_store(&p->control, (uint64_t)notification_vector << POSTED_VECTOR_SHIFT |
                                  (uint64_t)dest << POSTED_DEST_SHIFT);
}

void posted_set_dest(struct posted *p, uint32_t dest)
{
    uint64_t old = atomic_load(&p->control), now;

    do
        now = (old & GENMASK(POSTED_DEST_SHIFT - 1, 0)) | (uint64_t)dest << POSTED_DEST_SHIFT;
    while (!atomic_compare_exchange_weak(&p->control, &old, now));
}

/*
 * Sets the request before ON, so that whoever finds ON and clears it then finds the request. A
 * notification finds nothing if an earlier one has taken the request along; that does no harm.
 */
bool posted_post(struct posted *p, uint8_t vector)
{
    atomic_fetch_or(&p->requests[vector / 64], BIT(vector % 64));
    if (atomic_load(&p->control) & POSTED_SN)
        return false;
    return !(atomic_fetch_or(&p->control, POSTED_ON) & POSTED_ON);
}

/* Clears ON first: a request that is posted after that is notified anew. */
bool posted_take(struct posted *p, uint64_t requests[POSTED_WORDS])
{
    if (!posted_is_on(p))
        return false;
    atomic_fetch_and(&p->control, ~POSTED_ON);
    for (unsigned i = 0; i < POSTED_WORDS; i++)
        requests[i] = atomic_exchange(&p->requests[i], 0);
    return true;
}

void posted_drop(struct posted *p)
{
    atomic_fetch_and(&p->control, ~POSTED_ON);
    for (unsigned i = 0; i < POSTED_WORDS; i++)
        atomic_store(&p->requests[i], 0);
}
