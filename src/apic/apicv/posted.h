/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The posted-interrupt descriptor: how any CPU hands an interrupt to another CPU's virtual APIC. A
 * sender posts, and sends the notification vector if posted_post() tells it to. The processor moves
 * requests into the virtual IRR when the notification reaches it in the guest. A notification that
 * comes in root operation waits in the physical LAPIC for the entry. All fields in use are atomic.
 *
 * Source: Intel SDM Vol. 3C, "Posted-Interrupt Processing".
 */
#ifndef APIC_APICV_POSTED_H
#define APIC_APICV_POSTED_H

#include <stdatomic.h>

#include "apic/apicv/vlapic.h"

#define POSTED_ON BIT(0) /* outstanding notification */
#define POSTED_SN BIT(1) /* suppress notification */

#define POSTED_VECTOR_SHIFT 16 /* 8 bits: the notification vector */
#define POSTED_DEST_SHIFT   32 /* 32 bits: the physical APIC ID; in xAPIC mode in bits 15:8 */

#define POSTED_WORDS 4

struct posted {
    _Alignas(64) _Atomic uint64_t requests[POSTED_WORDS]; /* PIR: one bit a vector */
    _Atomic uint64_t control;
    uint64_t reserved[3];
};
_Static_assert(sizeof(struct posted) == 64, "posted-interrupt descriptor");
_Static_assert(offsetof(struct posted, control) == 32, "posted-interrupt descriptor");

/* Empties the descriptor and says where notifications go. Not while other CPUs may post. */
void posted_init(struct posted *p, uint8_t notification_vector, uint32_t dest);

/* On the owner: says where notifications go from now on; see POSTED_DEST_SHIFT. */
void posted_set_dest(struct posted *p, uint32_t dest);

/* On any CPU: posts `vector`. Returns true if the caller must send the notification. */
bool posted_post(struct posted *p, uint8_t vector);

/* On the owner: is a notification outstanding? */
static inline bool posted_is_on(const struct posted *p)
{
    return (atomic_load(&p->control) & POSTED_ON) != 0;
}

/*
 * On the owner: takes all requests out, as the processor does; one bit a vector. Returns false, and
 * leaves *requests alone, if no notification is outstanding. The owner does so before an entry,
 * because the notification may be lost: nested KVM loses one that comes together with an exit.
 */
bool posted_take(struct posted *p, uint64_t requests[POSTED_WORDS]);

/* On the owner: drops all requests, as INIT does. */
void posted_drop(struct posted *p);

#endif
