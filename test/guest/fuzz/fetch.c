/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that come from the LAPIC page or from behind it, in whole or in part. What is
 * executed there is #GP or ones. Bare, any byte of a register may be executed, and Bochs ends.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "lib/window.h"

#define CODE_PAGE 65 /* and the next: the LAPIC's */
#define MESSAGES  UINT64_C(0xFEE01000)

static uint8_t page[PAGE_SIZE] __attribute__((aligned(4096)));

static gpa_t any_page(struct random *r)
{
    return random_one_in(r, 2) ? LAPIC_BASE : MESSAGES + PAGE_SIZE * random_below(r, 255);
}

/* Returns where an instruction begins whose last byte, at least, is on the next page. */
static uint64_t place_code(struct random *r, const struct insn *insn, uint64_t end)
{
    const unsigned before = random_below(r, insn->size);

    memcpy(page + PAGE_SIZE - before, insn->bytes, before);
    return end - before;
}

void kind_fetch(struct random *r)
{
    const uint64_t end = window_map(CODE_PAGE, (uintptr_t)page, 0) + PAGE_SIZE;
    const struct place p = place_store(r);
    const uint64_t targets[] = {LAPIC_BASE + p.offset, end + p.offset, (uintptr_t)code_ram};
    struct regs regs = {
        .rax = random_value(r, 0), .rsi = (uintptr_t)code_ram, .rdi = RANDOM_OF(r, targets)};
    struct code code = code_begin();

    window_map(CODE_PAGE + 1, any_page(r), random_one_in(r, 8) ? 0 : WINDOW_WRITE);
    if (plan.bare)
        return;
    code_call(&code, random_one_in(r, 4) ? end + p.offset : place_code(r, p.insn, end), &regs);
}
