/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LAPIC's registers with values of any sort. An LVT entry that is not masked has a vector that
 * is an interrupt's and no SMI when bare, and a timer that is not masked is not periodic: a storm of
 * interrupts would be the guest's own fault.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"

#define LVT_MODE     0x700u
#define LVT_MODE_SMI 0x200u
#define DFR_FLAT     0xF0000000u
#define FIRST_VECTOR 0x20u

static bool is_lvt(unsigned offset)
{
    for (unsigned i = 0; i < LAPIC_LVTS; i++)
        if (offset == lapic_lvts[i])
            return true;
    return false;
}

static uint32_t lvt_value(uint32_t value)
{
    if (value & LAPIC_LVT_MASKED)
        return value;
    if ((value & 0xFF) < FIRST_VECTOR)
        value |= FIRST_VECTOR;
    if ((value & LVT_MODE) == LVT_MODE_SMI && plan.bare)
        value &= ~LVT_MODE;
    return value & ~(LAPIC_TIMER_PERIODIC | LAPIC_TIMER_DEADLINE);
}

static unsigned pick(struct random *r)
{
    for (;;) {
        unsigned offset =
            random_one_in(r, 3) ? lapic_lvts[random_below(r, LAPIC_LVTS)] : place_register(r);

        if (offset != LAPIC_ICR && offset != LAPIC_SELF_IPI &&
            !(plan.bare && offset < LAPIC_VERSION))
            return offset;
    }
}

/* By a store of some sort, or by WRMSR. The upper half of an MSR may have odd bits. */
static void write_register(struct random *r, unsigned offset, uint32_t value)
{
    struct regs regs = {.rax = value, .rdi = LAPIC_BASE + offset, .rsi = (uintptr_t)code_ram};
    struct code code = code_begin();

    if (this_cpu()->x2apic) {
        wrmsr(MSR_X2APIC + offset / 16,
              random_one_in(r, 8) ? random_value(r, value) << 32 | value : value);
        return;
    }
    memcpy(code_ram, &value, sizeof(value));
    code_add(&code, insn_store_32(r));
    code_run(&code, &regs);
}

void kind_register(struct random *r)
{
    for (unsigned i = 1 + random_below(r, 4); i > 0; i--) {
        const unsigned offset = pick(r);
        uint32_t value = (uint32_t)random_value(r, 0);

        if (is_lvt(offset))
            value = lvt_value(value);
        if (offset == LAPIC_DFR && plan.bochs_lapic)
            value |= DFR_FLAT; /* another model ends the emulation */
        write_register(r, offset, value);
        (void)lapic_read((enum lapic_reg)offset);
    }
}
