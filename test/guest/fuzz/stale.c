/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of code, or of data, is exchanged in the page tables without a flush: the CPU may go on
 * with the old one, until Lapwing flushes.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "lib/window.h"

#define CODE_PAGE 61
#define DATA_PAGE 62
#define NOP       0x90
#define RET       0xC3
#define RET_AT    64

static uint8_t pages[2][4096] __attribute__((aligned(4096)));

static void fill(uint8_t *page, const struct insn *insn)
{
    memset(page, NOP, RET_AT);
    memcpy(page, insn->bytes, insn->size);
    page[RET_AT] = RET;
}

/* What is on the page is used, so that its translation is cached. */
static void exchange(unsigned index, uint64_t va, uint64_t to)
{
    uint64_t *entry = window_entry(index);

    (void)*(volatile uint8_t *)va;
    *entry = (*entry & ~PAGE_MASK) | to;
}

static uint64_t data_page(struct random *r)
{
    return random_one_in(r, 3) ? (uintptr_t)code_ram : LAPIC_BASE;
}

/* None that is longer: the CPU may come to the second page when the first instruction is over. */
static const struct insn *second_insn(struct random *r, const struct insn *first)
{
    const struct insn *second;

    do
        second = random_one_in(r, 3) ? insn_store_32(r) : insn_other(r);
    while (second->size > first->size);
    return second;
}

void kind_stale(struct random *r)
{
    const uint64_t va = window_map(CODE_PAGE, (uintptr_t)pages[0], WINDOW_WRITE);
    const uint64_t data = window_map(DATA_PAGE, data_page(r), WINDOW_WRITE);
    struct regs regs = {.rax = random_value(r, 0),
                        .rcx = 0x174, /* IA32_SYSENTER_CS, for a WRMSR */
                        .rsi = (uintptr_t)code_ram,
                        .rdi = data + LAPIC_TPR};

    const struct insn *first = insn_store_32(r);

    step_guard();
    fill(pages[0], first);
    fill(pages[1], second_insn(r, first));
    __asm__ volatile("call *%0" : : "r"(va + RET_AT) : "memory");
    if (random_one_in(r, 2))
        exchange(CODE_PAGE, va, (uintptr_t)pages[1]);
    if (random_one_in(r, 2))
        exchange(DATA_PAGE, data, data_page(r));
    struct code code = {pages[random_below(r, 2)], RET_AT};

    code_call(&code, va, &regs);
    window_unmap(CODE_PAGE);
    window_unmap(DATA_PAGE);
}
