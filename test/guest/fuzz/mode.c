/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IA32_APIC_BASE with any bits, and both interfaces after each write. Bare, the base stays where it
 * is. The guard keeps an INIT away: a LAPIC that is off gets no SIPI.
 */
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "fuzz/settle.h"
#include "lib/leaf.h"
#include "lib/msr_access.h"

#define BASE_FIELD (GENMASK(51, 12))

static uint64_t next_base(struct random *r)
{
    const uint64_t now = rdmsr(MSR_APIC_BASE);
    uint64_t value = now & ~(APIC_BASE_EN | APIC_BASE_EXTD);

    value |= (uint64_t)random_below(r, 4) * APIC_BASE_EXTD;
    if (random_one_in(r, 4))
        value ^= random_value(r, 0);
    if (plan.bare)
        value = (value & ~(BASE_FIELD | APIC_BASE_BSP)) | (now & (BASE_FIELD | APIC_BASE_BSP));
    return value;
}

/* Any of the registers but the ICR and the LVT, by MSR. */
static void touch_msr(struct random *r)
{
    struct msr_access w = {MSR_X2APIC + place_register(r) / 16, random_value(r, 0)};
    struct fault fault;

    if (w.msr >= MSR_X2APIC + LAPIC_LVT_CMCI / 16 && w.msr < MSR_X2APIC + LAPIC_TIMER_INITIAL / 16)
        return;
    if (w.msr == MSR_X2APIC + LAPIC_SELF_IPI / 16)
        w.value |= 0x80;
    trap_call(msr_do_write, &w, &fault);
}

/* In x2APIC mode, and while the LAPIC is off, there is nothing. */
static void touch_page(struct random *r)
{
    struct place p = random_one_in(r, 2) ? place_load(r) : place_store(r);
    struct regs regs = {
        .rax = random_value(r, 0), .rsi = (uintptr_t)code_ram, .rdi = LAPIC_BASE + p.offset};
    struct code code = code_begin();

    code_add(&code, p.insn);
    code_run(&code, &regs);
}

void kind_mode(struct random *r)
{
    struct fault fault;

    step_guard();
    for (unsigned i = 1 + random_below(r, 4); i > 0; i--) {
        struct msr_access w = {MSR_APIC_BASE, next_base(r)};

        trap_call(msr_do_write, &w, &fault);
        settle_mode();
        touch_msr(r);
        touch_page(r);
    }
}
