/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other translations to the LAPIC page: read-only, not present, with reserved bits, of ring 3, by
 * two pages of which only one is there, and into the hidden or empty rest of FEExxxxxH.
 */
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "lib/window.h"

#define ALIAS_PAGE 60 /* and the next */
#define NO_RAM     BIT(38)
#define MESSAGES   UINT64_C(0xFEE01000)

static gpa_t any_page(struct random *r)
{
    if (plan.bare || !random_one_in(r, 4))
        return LAPIC_BASE;
    if (random_one_in(r, 2))
        return MESSAGES + PAGE_SIZE * random_below(r, 255);
    return (random_64(r) & GENMASK(38, 12)) | NO_RAM;
}

/* PCD, PWT, A, D, PAT, G and what software may use; seldom no right to write, or no page. */
static uint64_t any_flags(struct random *r)
{
    uint64_t flags = random_64(r) & (GENMASK(11, 2) & ~BIT(7));

    return flags | (random_one_in(r, 8) ? 0 : WINDOW_WRITE);
}

static uint64_t map(struct random *r)
{
    const uint64_t va = window_map(ALIAS_PAGE, any_page(r), any_flags(r));
    uint64_t *entry = window_entry(ALIAS_PAGE);

    window_map(ALIAS_PAGE + 1, (uintptr_t)code_ram, WINDOW_WRITE);
    if (random_one_in(r, 8))
        *entry &= ~BIT(0);
    if (!plan.bare && random_one_in(r, 8))
        *entry |= BIT(random_below(r, 12) + 40);
    if (random_one_in(r, 4))
        *window_entry(ALIAS_PAGE + 1) = 0;
    invlpg(va);
    invlpg(va + PAGE_SIZE);
    return va;
}

void kind_alias(struct random *r)
{
    const uint64_t va = map(r);
    const bool load = random_one_in(r, 4);
    struct place p = load ? place_load(r) : place_store(r);
    struct regs regs = {
        .rax = random_value(r, 0), .rsi = (uintptr_t)code_ram, .rdi = va + p.offset};
    struct code code = code_begin();

    /* Up to the page's end or beyond. A load must not leave its word where Bochs carries it out. */
    if (!plan.bare && !(load && plan.bochs_lapic) && random_one_in(r, 4))
        regs.rdi = va + PAGE_SIZE - random_below(r, 16);
    code_add(&code, p.insn);
    code_run(&code, &regs);
}
