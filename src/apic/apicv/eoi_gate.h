/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical EOIs that are held back. A level-triggered interrupt of a device stays in service in the
 * physical LAPIC until the guest's EOI exits; acknowledged earlier it would come again at once. A
 * physical EOI retires the highest interrupt in service whatever the guest meant, so one that is
 * due waits for all higher ones. Pure; one per CPU, used by its CPU only.
 */
#ifndef APIC_APICV_EOI_GATE_H
#define APIC_APICV_EOI_GATE_H

#include <lapwing/types.h>

#define EOI_GATE_WORDS 4

struct eoi_gate {
    uint64_t held[EOI_GATE_WORDS]; /* in service physically */
    uint64_t due[EOI_GATE_WORDS];  /* of these: the guest is done with it */
};

void eoi_gate_hold(struct eoi_gate *g, uint8_t vector);
bool eoi_gate_holds(const struct eoi_gate *g, uint8_t vector);

/* The guest is done with `vector`. How many physical EOIs have to be written now. */
unsigned eoi_gate_release(struct eoi_gate *g, uint8_t vector);

/* Everything is forgotten. How many physical EOIs have to be written now. */
unsigned eoi_gate_release_all(struct eoi_gate *g);

#endif
