/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other CPUs exchange the page of code that the subject executes, and the page that it writes, in
 * the page tables and without a flush. Each page of code has one instruction of two bytes and then
 * UD2, so that the subject executes whole instructions wherever the exchange comes, and never one
 * byte of this and one of that. UD2 takes the stack back too.
 */
#include "fuzz/stale.h"

#include <stdatomic.h>
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "lib/window.h"

#define DATA_PAGE 63
#define CODE_PAGE 64
#define PRESENT   BIT(0)
#define TURNS     16

/* A prefix that changes nothing (3EH) makes one byte two. */
static const uint8_t insns[][2] = {
    {0x89, 0x07}, /* mov %eax, (%rdi) */
    {0x87, 0x07}, /* xchg %eax, (%rdi) */
    {0x8B, 0x07}, /* mov (%rdi), %eax */
    {0x09, 0x07}, /* or %eax, (%rdi) */
    {0x3E, 0xAB}, /* stosl */
    {0x3E, 0xA5}, /* movsl */
    {0x0F, 0xA2}, /* cpuid */
    {0x0F, 0x30}, /* wrmsr */
    {0x3E, 0x90}, /* nop */
    {0x3E, 0xCC}, /* int3 */
    {0x3E, 0xF1}, /* int1 */
    {0x0F, 0x0B}, /* ud2 */
    {0x3E, 0x9C}, /* pushfq */
    {0x3E, 0xFB}, /* sti */
    {0x3E, 0xFA}, /* cli */
};

static uint8_t pages[ARRAY_SIZE(insns)][PAGE_SIZE] __attribute__((aligned(4096)));

static uint64_t code_entry(unsigned i)
{
    return (uintptr_t)pages[i] | PRESENT;
}

static uint64_t any_entry(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:
        return 0;
    case 1:
        return (uintptr_t)code_ram | WINDOW_WRITE | PRESENT;
    case 2:
        return LAPIC_BASE | PRESENT;
    default:
        return LAPIC_BASE | WINDOW_WRITE | PRESENT;
    }
}

void race_init(void)
{
    static const uint8_t ud2[] = {0x0F, 0x0B};

    for (unsigned i = 0; i < ARRAY_SIZE(insns); i++) {
        memcpy(pages[i], insns[i], sizeof(insns[i]));
        memcpy(pages[i] + sizeof(insns[i]), ud2, sizeof(ud2));
    }
    window_map(CODE_PAGE, (uintptr_t)pages[0], 0);
    window_map(DATA_PAGE, LAPIC_BASE, WINDOW_WRITE);
}

static void set_entry(unsigned index, uint64_t entry)
{
    atomic_store((_Atomic uint64_t *)window_entry(index), entry);
}

void race_change(struct random *r)
{
    if (random_one_in(r, 2))
        set_entry(CODE_PAGE, code_entry(random_below(r, ARRAY_SIZE(insns))));
    else
        set_entry(DATA_PAGE, any_entry(r));
}

static void call_page(void *arg)
{
    struct code code = code_begin();

    code_call(&code, window_va(CODE_PAGE), arg);
}

void kind_race(struct random *r)
{
    static const uint16_t offsets[] = {LAPIC_TPR, LAPIC_TIMER_INITIAL, LAPIC_EOI, LAPIC_ESR};
    struct fault fault;

    for (unsigned i = 0; i < TURNS; i++) {
        struct regs regs = {.rax = random_value(r, 0),
                            .rcx = 0x174, /* IA32_SYSENTER_CS, for a WRMSR */
                            .rsi = (uintptr_t)code_ram,
                            .rdi = window_va(DATA_PAGE) + RANDOM_OF(r, offsets)};

        if (random_one_in(r, 2))
            invlpg(regs.rdi);
        if (random_one_in(r, 2))
            invlpg(window_va(CODE_PAGE));
        trap_call(call_page, &regs, &fault);
    }
}
