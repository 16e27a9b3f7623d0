/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an instruction may go. With Bochs' own LAPIC all stays in one 32-bit word, since Bochs ends
 * at a load that does not. The DFR stays as it is, since Bochs ends at a model that is neither flat
 * nor cluster, and so does the timer's divisor, since it ends at a current count that has become
 * larger than the initial one. Bare, it ends at any odd store. QEMU takes a bare store to the page's first 16 bytes
 * for an interrupt message, and the LAPIC's ID for writable.
 */
#include "fuzz/place.h"

#include "fuzz/subject.h"
#include "lib/lapic.h"

#define CHOSEN_FIRST LAPIC_LVT_CMCI /* the ICR and the LVT entries */
#define CHOSEN_END   LAPIC_TIMER_INITIAL
#define BARE_FIRST   LAPIC_VERSION
#define PAGE_END     4096

static const uint16_t registers[] = {
    LAPIC_ID,       LAPIC_VERSION,       LAPIC_TPR,           LAPIC_APR,          LAPIC_PPR,
    LAPIC_EOI,      LAPIC_RRD,           LAPIC_LDR,           LAPIC_DFR,          LAPIC_SVR,
    LAPIC_ISR,      LAPIC_TMR,           LAPIC_IRR,           LAPIC_ESR,          LAPIC_ICR2,
    LAPIC_SELF_IPI, LAPIC_TIMER_INITIAL, LAPIC_TIMER_CURRENT, LAPIC_TIMER_DIVIDE, 0x400,
    0x500,
};

bool place_ends_bochs(unsigned offset)
{
    return plan.bochs_lapic && offset / 16 * 16 == LAPIC_TIMER_DIVIDE;
}

unsigned place_register(struct random *r)
{
    unsigned offset;

    do
        offset = random_one_in(r, 4) ? random_below(r, 256) * 16 : RANDOM_OF(r, registers);
    while (place_ends_bochs(offset));
    return offset;
}

static unsigned any_offset(struct random *r)
{
    switch (random_below(r, 4)) {
    case 0:
        return random_below(r, PAGE_END);
    case 1:
        return place_register(r) + random_below(r, 16);
    default:
        return place_register(r);
    }
}

bool place_odd_ok(void)
{
    return !(plan.bare && plan.bochs_lapic);
}

static bool in_a_word(const struct place *p)
{
    return p->offset % 4 + p->insn->width <= 4 && p->insn->before == 0;
}

static bool store_fits(const struct place *p)
{
    const unsigned first = p->offset - p->insn->before, end = p->offset + p->insn->width;

    if (p->offset < p->insn->before || (first < CHOSEN_END && end > CHOSEN_FIRST))
        return false;
    if (plan.bare && (first < BARE_FIRST || end > PAGE_END))
        return false;
    if (place_ends_bochs(p->offset) ||
        (plan.bochs_lapic && (!in_a_word(p) || p->offset / 16 * 16 == LAPIC_DFR)))
        return false;
    return place_odd_ok() || (p->insn->width == 4 && p->insn->before == 0 && p->offset % 16 == 0);
}

static bool load_fits(const struct place *p)
{
    if (p->offset + p->insn->width > PAGE_END)
        return !plan.bare && !plan.bochs_lapic;
    return !plan.bochs_lapic || in_a_word(p);
}

struct place place_store(struct random *r)
{
    struct place p;

    do
        p = (struct place){insn_store(r), any_offset(r)};
    while (!store_fits(&p));
    return p;
}

struct place place_load(struct random *r)
{
    struct place p;

    do
        p = (struct place){insn_load(r), any_offset(r)};
    while (!load_fits(&p));
    return p;
}
