/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is meant by an IPI: the destination field of a message against the identity of one local
 * APIC. Pure. A destination that matches no CPU is nobody: the message vanishes, as on the bus.
 *
 * Source: Intel SDM Vol. 3A, "Determining IPI Destination" and "Logical Destination Mode in x2APIC
 * Mode".
 */
#ifndef APIC_DEST_H
#define APIC_DEST_H

#include <lapwing/types.h>

#include "apic/icr.h"

/* What a local APIC compares a destination with. */
struct lapic_id {
    uint32_t id;  /* the APIC ID as a number, not as the register holds it in xAPIC mode */
    uint32_t ldr; /* the LDR as the register holds it, ID in bits 31:24; xAPIC mode only */
    uint32_t dfr; /* the DFR as the register holds it; xAPIC mode only */
    bool x2apic;  /* in x2APIC mode; its LDR is then derived from the ID, ldr is not looked at */
    bool enabled; /* IA32_APIC_BASE.EN; the software enable in SVR plays no role for destinations */
};

/* The read-only LDR of an APIC in x2APIC mode: cluster in bits 31:16, one bit of 15:0 set. */
uint32_t x2apic_ldr(uint32_t id);

/*
 * An identity in one word, which one CPU may publish and others read. Of LDR and DFR the ID in bits
 * 31:24 and the model in bits 31:28 are kept, which is all that counts.
 */
uint64_t lapic_id_pack(const struct lapic_id *id);
struct lapic_id lapic_id_unpack(uint64_t word);

/*
 * What is left of an identity after INIT: the ID and the mode; logical destinations are forgotten.
 */
struct lapic_id lapic_id_after_init(const struct lapic_id *id);

/*
 * Is the APIC `me` among the destinations of the message? is_self: it is the sender. For lowest
 * priority the answer is "it is one of those that hardware may choose from".
 *
 * The mode of the sender says how wide the destination is and which value is the broadcast; a
 * broadcast reaches everybody, whatever mode he is in. Otherwise the mode of the receiver says
 * how the destination is compared. CPUs in different modes at the same time are what the guest has
 * while it switches; where the manual leaves open what they make of each other's messages, the full
 * 32-bit number is compared and nothing wraps.
 */
bool dest_matches(const struct ipi_msg *msg, const struct lapic_id *me, bool is_self);

#endif
