/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical EOIs that are held back. A level-triggered interrupt of a device stays in service in the
 * physical LAPIC until the guest's EOI exits; with an earlier EOI it would come again at once. A
 * physical EOI retires the highest interrupt in service, whichever one the guest meant. So an EOI
 * that is due waits until all higher ones are due. Pure; each CPU has one gate, which only this CPU
 * touches.
 */
#ifndef APIC_APICV_EOI_GATE_H
#define APIC_APICV_EOI_GATE_H

#include <lapwing/types.h>

#define EOI_GATE_WORDS 4

struct eoi_gate {
    uint64_t held[EOI_GATE_WORDS]; /* vectors in service physically */
    uint64_t due[EOI_GATE_WORDS];  /* held vectors that the guest has finished */
};

/* Records that `vector` is in service, or asks whether it is. */
void eoi_gate_hold(struct eoi_gate *g, uint8_t vector);
bool eoi_gate_holds(const struct eoi_gate *g, uint8_t vector);

/* The guest has finished `vector`. Returns how many physical EOIs the caller must write now. */
unsigned eoi_gate_release(struct eoi_gate *g, uint8_t vector);

/* Forgets everything. Returns how many vectors were held. */
unsigned eoi_gate_release_all(struct eoi_gate *g);

#endif
