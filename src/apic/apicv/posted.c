/* SPDX-License-Identifier: GPL-2.0-only */
/* The posted-interrupt descriptor; see posted.h. Lock-free. */
#include "apic/apicv/posted.h"

#include "apic/apicv/vlapic_irq.h"

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

static bool any_request(struct posted *p)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < POSTED_WORDS; i++)
        any |= atomic_load(&p->requests[i]);
    return any != 0;
}

static bool set_on(struct posted *p)
{
    return !(atomic_fetch_or(&p->control, POSTED_ON) & POSTED_ON);
}

/*
 * The request before ON: whoever finds ON set and clears it then finds the request. One that came
 * in between has taken the request along, and a notification would find nothing: it is not sent,
 * after a look whether another sender relied on it. (Bochs 3.0 takes an empty descriptor for vector
 * FFH.)
 */
bool posted_post(struct posted *p, uint8_t vector)
{
    atomic_fetch_or(&p->requests[vector / 64], BIT(vector % 64));
    if (atomic_load(&p->control) & POSTED_SN)
        return false;
    if (!set_on(p))
        return false;
    while (!any_request(p)) {
        atomic_fetch_and(&p->control, ~POSTED_ON);
        if (!any_request(p) || !set_on(p))
            return false;
    }
    return true;
}

/* ON before the requests: one that is posted in between sets ON anew, and is notified. */
static uint64_t take_word(struct posted *p, unsigned i)
{
    return atomic_exchange(&p->requests[i], 0);
}

bool posted_take(struct posted *p, struct vlapic *vl)
{
    bool any = false;

    atomic_fetch_and(&p->control, ~POSTED_ON);
    for (unsigned i = 0; i < POSTED_WORDS; i++) {
        for (uint64_t bits = take_word(p, i); bits != 0; bits &= bits - 1) {
            const uint8_t vector = (uint8_t)(i * 64 + (unsigned)__builtin_ctzll(bits));

            vlapic_set_bit(vl, APIC_REG_IRR, vector);
            any = true;
        }
    }
    return any;
}

void posted_drop(struct posted *p)
{
    atomic_fetch_and(&p->control, ~POSTED_ON);
    for (unsigned i = 0; i < POSTED_WORDS; i++)
        (void)take_word(p, i);
}
