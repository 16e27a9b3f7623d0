/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical EOIs that are held back; see eoi_gate.h. No lock. */
#include "apic/apicv/eoi_gate.h"

void eoi_gate_hold(struct eoi_gate *g, uint8_t vector)
{
    g->held[vector / 64] |= BIT(vector % 64);
    g->due[vector / 64] &= ~BIT(vector % 64);
}

bool eoi_gate_holds(const struct eoi_gate *g, uint8_t vector)
{
    return (g->held[vector / 64] & BIT(vector % 64)) != 0;
}

unsigned eoi_gate_release(struct eoi_gate *g, uint8_t vector)
{
    unsigned count = 0;

    g->due[vector / 64] |= BIT(vector % 64); /* counts only if it is held */
    for (unsigned i = EOI_GATE_WORDS; i-- > 0;) {
        while (g->held[i] != 0) {
            const uint64_t top = BIT(63 - (unsigned)__builtin_clzll(g->held[i]));

            if (!(g->due[i] & top))
                return count;
            g->held[i] &= ~top;
            count++;
        }
    }
    return count;
}

unsigned eoi_gate_release_all(struct eoi_gate *g)
{
    unsigned count = 0;

    for (unsigned i = 0; i < EOI_GATE_WORDS; i++) {
        for (; g->held[i] != 0; g->held[i] &= g->held[i] - 1)
            count++;
    }
    *g = (struct eoi_gate){0};
    return count;
}
