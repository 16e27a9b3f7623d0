/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers after INIT, after a change of mode, and with the LAPIC disabled by software. */
#include "apic-regs/cases.h"

#define KEPT_TPR   0x30
#define KEPT_COUNT 0x12345678

#define VECTOR_OTHER_SPURIOUS 0xEF

static uint32_t derived_ldr(uint32_t id)
{
    return (id & ~UINT32_C(0xF)) << 12 | BIT32(id & 0xF);
}

static void check_identity(void *arg)
{
    const unsigned index = this_cpu()->index;
    uint32_t version = lapic_read(LAPIC_VERSION), id = this_cpu()->apic_id;

    (void)arg;
    CHECK_EQ(lapic_read(LAPIC_ID), is_x2apic() ? id : id << 24);
    tap_check((version & 0xF0) == 0x10, "CPU %u: version 0x%x", index, version);
    tap_check((version >> 16 & 0xFF) >= 3 && (version >> 16 & 0xFF) <= 6,
              "CPU %u: version 0x%x has an odd number of LVT entries", index, version);
    tap_check((version & 0x7E00FF00) == 0, "CPU %u: version 0x%x", index, version);
    if (is_x2apic())
        CHECK_EQ(lapic_read(LAPIC_LDR), derived_ldr(id));
}

void case_identity(void)
{
    on_each(check_identity);
}

/* Whether lapic_capture() looks at it, and INIT leaves what the table says. */
static bool is_captured(unsigned slot)
{
    switch (slot * 16) {
    case LAPIC_ID:
    case LAPIC_VERSION:
    case LAPIC_APR:
    case LAPIC_EOI:
    case LAPIC_RRD:
    case LAPIC_ESR:
    case LAPIC_SELF_IPI:
        return false;
    case LAPIC_ICR:
        return !differs(INIT_KEEPS_ICR);
    case LAPIC_LVT_CMCI:
        return reg_at(slot).name && !differs(INIT_KEEPS_CMCI);
    default:
        return reg_at(slot).name != NULL;
    }
}

/* What lib/smp.c has seen on the CPU before it touched anything. */
static uint32_t captured(const struct lapic_state *s, unsigned slot)
{
    for (unsigned i = 0; i < LAPIC_LVTS; i++)
        if (slot == (unsigned)lapic_lvts[i] / 16)
            return s->lvt[i];
    if (slot >= LAPIC_ISR / 16 && slot < LAPIC_TMR / 16)
        return s->isr[slot % 8];
    if (slot >= LAPIC_TMR / 16 && slot < LAPIC_IRR / 16)
        return s->tmr[slot % 8];
    if (slot >= LAPIC_IRR / 16 && slot < LAPIC_ESR / 16)
        return s->irr[slot % 8];
    switch (slot * 16) {
    case LAPIC_TPR:
        return s->tpr;
    case LAPIC_PPR:
        return s->ppr;
    case LAPIC_LDR:
        return s->ldr;
    case LAPIC_DFR:
        return s->dfr;
    case LAPIC_SVR:
        return s->svr;
    case LAPIC_ICR:
        return s->icr;
    case LAPIC_ICR2:
        return s->icr2;
    case LAPIC_TIMER_INITIAL:
        return s->timer_initial;
    case LAPIC_TIMER_CURRENT:
        return s->timer_current;
    case LAPIC_TIMER_DIVIDE:
        return s->timer_divide;
    default:
        tap_check(false, "nobody captures %s", reg_at(slot).name);
        return 0;
    }
}

static void check_captured(unsigned index, bool x2apic)
{
    const struct lapic_state *s = &cpu_at(index)->lapic;

    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = reg_at(slot);
        uint32_t want = reg.init;

        if (!is_captured(slot))
            continue;
        if (x2apic && slot == LAPIC_LDR / 16)
            want = derived_ldr(cpu_at(index)->apic_id);
        tap_check(captured(s, slot) == want, "CPU %u: %s at %x0H is 0x%x after INIT, want 0x%x",
                  index, reg.name, slot, captured(s, slot), want);
    }
    CHECK_EQ(s->id, cpu_at(index)->apic_id);
}

static void on_spurious(struct trap_frame *frame)
{
    (void)frame;
}

/* Everything that INIT resets gets another content. */
static void dirty(void *arg)
{
    (void)arg;
    irq_disable();
    quiesce();
    write_lvts_apart();
    lapic_write(LAPIC_TIMER_DIVIDE, 0xA);
    lapic_write(LAPIC_TIMER_INITIAL, KEPT_COUNT);
    if (!is_x2apic()) {
        lapic_write(LAPIC_LDR, 0x08000000);
        lapic_write(LAPIC_DFR, 0);
    }
    send_self(VECTOR_LOW); /* which writes all of the ICR */
    if (!is_x2apic())
        lapic_write(LAPIC_ICR2, 0x55000000);
    lapic_write(LAPIC_TPR, 0xE0);
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_OTHER_SPURIOUS);
}

void case_init(void)
{
    unsigned last = cpu_count() - 1;
    bool x2apic = is_x2apic() && !differs(INIT_LEAVES_X2APIC);

    if (last == 0) {
        tap_skip("one CPU");
        return;
    }
    trap_set_handler(VECTOR_OTHER_SPURIOUS, on_spurious);
    tap_check(on_cpu(last, dirty, NULL), "CPU %u does not answer", last);
    smp_init_ipi(last);
    if (!tap_check(smp_start(last), "CPU %u did not start", last))
        return;
    check_captured(last, x2apic);
    tap_check(cpu_alive(last), "CPU %u does not answer", last);
}

/* "x2APIC State Transitions": all but ID, LDR, DFR and the ICR's upper half stays. */
static void enter_x2apic(void *arg)
{
    struct snapshot before, after;

    (void)arg;
    irq_disable();
    quiesce();
    write_lvts_apart();
    lapic_write(LAPIC_TPR, KEPT_TPR);
    lapic_write(LAPIC_TIMER_DIVIDE, 0x3);
    lapic_write(LAPIC_TIMER_INITIAL, KEPT_COUNT);
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_OTHER_SPURIOUS);
    snapshot(&before);
    lapic_enter_x2apic();
    snapshot(&after);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        bool kept = (reg_at(slot).flags & REG_R2) && slot != LAPIC_ID / 16 &&
                    slot != LAPIC_LDR / 16 && slot != LAPIC_ICR / 16;

        tap_check(!kept || before.regs[slot] == after.regs[slot],
                  "CPU %u: %s went from 0x%x to 0x%x", this_cpu()->index, reg_at(slot).name,
                  before.regs[slot], after.regs[slot]);
    }
    check_identity(NULL);
    quiesce();
    irq_enable();
}

void case_enter_x2apic(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        if (cpu_at(i)->x2apic) {
            tap_skip("handed over in x2APIC mode");
            continue;
        }
        tap_check(on_cpu(i, enter_x2apic, NULL), "CPU %u: an exception", i);
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
    }
}

/* Through "disabled" everything is as after INIT. */
static void off_and_on(void *arg)
{
    const uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_EN | APIC_BASE_EXTD);

    (void)arg;
    dirty(NULL);
    wrmsr(MSR_APIC_BASE, base);
    wrmsr(MSR_APIC_BASE, base | APIC_BASE_EN);
    this_cpu()->x2apic = false;
    lapic_capture(&this_cpu()->lapic);
    lapic_enable();
    irq_enable();
}

void case_off_and_on(void)
{
    const unsigned last = cpu_count() - 1;

    trap_set_handler(VECTOR_OTHER_SPURIOUS, on_spurious);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, off_and_on, NULL), "CPU %u: an exception", i);
    if (differs(OFF_RESETS_NOTHING))
        return;
    check_captured(0, false);
    check_captured(last, false);
}

/* Off by SVR: LVT entries are masked, stay so, and cannot be unmasked. */
static void disable_by_software(void *arg)
{
    const unsigned index = this_cpu()->index;

    (void)arg;
    irq_disable();
    quiesce();
    write_lvts(VECTOR_TEST);
    lapic_write(LAPIC_SVR, 0xFF);
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        const struct reg reg = reg_at(slot);

        if (!(reg.flags & REG_LVT))
            continue;
        tap_check(slot_read(slot) == (LAPIC_LVT_MASKED | VECTOR_TEST),
                  "CPU %u: %s is 0x%x in a disabled LAPIC", index, reg.name, slot_read(slot));
        slot_write(slot, VECTOR_HIGH);
        tap_check(slot_read(slot) == (LAPIC_LVT_MASKED | VECTOR_HIGH),
                  "CPU %u: %s is unmasked, 0x%x, in a disabled LAPIC", index, reg.name,
                  slot_read(slot));
    }
    CHECK_EQ(lapic_read(LAPIC_SVR), 0xFF);
    lapic_enable();
    for (unsigned slot = 0; slot < SLOTS; slot++)
        if (reg_at(slot).flags & REG_LVT)
            tap_check(slot_read(slot) == (LAPIC_LVT_MASKED | VECTOR_HIGH),
                      "CPU %u: %s is 0x%x in a LAPIC that is enabled again", index,
                      reg_at(slot).name, slot_read(slot));
    quiesce();
    irq_enable();
}

void case_software_disabled(void)
{
    if (differs(DISABLED_IS_NOT_MASKED)) {
        tap_skip("this LAPIC does not do it");
        return;
    }
    on_each(disable_by_software);
}
