/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other CPUs exchange the instruction that the subject executes, and the page that it writes,
 * without a flush. All are of two bytes, and do no harm to a register with any value.
 */
#include "fuzz/stale.h"

#include <stdatomic.h>
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "lib/window.h"

#define DATA_PAGE 63
#define RET       0xC3
#define PRESENT   BIT(0)
#define TURNS     16

static _Atomic uint16_t slot[2048] __attribute__((aligned(4096))); /* the first, and RET */

static const uint16_t insns[] = {
    0x0789, /* mov %eax, (%rdi) */
    0x0787, /* xchg %eax, (%rdi) */
    0x078B, /* mov (%rdi), %eax */
    0x0709, /* or %eax, (%rdi) */
    0x90AB, /* stosl; nop */
    0x90A5, /* movsl; nop */
    0xA20F, /* cpuid */
    0x300F, /* wrmsr */
    0x9090, /* nop; nop */
    0x90CC, /* int3; nop */
    0x90F1, /* int1; nop */
    0x0B0F, /* ud2 */
    0x589C, /* pushfq; pop %rax */
    0x90FB, /* sti; nop */
    0x90FA, /* cli; nop */
};

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
    atomic_store(&slot[0], insns[0]);
    atomic_store(&slot[1], RET);
    window_map(DATA_PAGE, LAPIC_BASE, WINDOW_WRITE);
}

void race_change(struct random *r)
{
    if (random_one_in(r, 2))
        atomic_store(&slot[0], RANDOM_OF(r, insns));
    else
        atomic_store((_Atomic uint64_t *)window_entry(DATA_PAGE), any_entry(r));
}

static void call_slot(void *arg)
{
    struct regs *regs = arg;
    struct code code = {(uint8_t *)(uintptr_t)slot, 2};

    code_call(&code, (uintptr_t)slot, regs);
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
        trap_call(call_slot, &regs, &fault);
    }
}
