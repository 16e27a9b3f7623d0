/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TPR, PPR, CR8, and an interrupt's way through IRR and ISR, with self-IPIs ("Task Priority in
 * IA-32e Mode", "Task and Processor Priorities", "Interrupt Acceptance for Fixed Interrupts").
 */
#include "apic-regs/cases.h"

#define SPINS  100000
#define MOMENT 100 /* in spins */

#define VECTOR_SPURIOUS_HERE (VECTOR_TEST + 0x4F)

static uint32_t class_of(unsigned vector)
{
    return vector & 0xF0;
}

static void check_state(const char *when, unsigned vector, bool irr, bool isr)
{
    tap_check(lapic_bit(LAPIC_IRR, vector) == irr && lapic_bit(LAPIC_ISR, vector) == isr &&
                  !lapic_bit(LAPIC_TMR, vector),
              "CPU %u: %s: vector 0x%x: IRR %u ISR %u TMR %u", this_cpu()->index, when, vector,
              lapic_bit(LAPIC_IRR, vector), lapic_bit(LAPIC_ISR, vector),
              lapic_bit(LAPIC_TMR, vector));
}

/* With equal classes the lower half is the TPR's or 0, as the processor likes. */
static void check_ppr(const char *when, uint32_t tpr, uint32_t in_service)
{
    uint32_t ppr = lapic_read(LAPIC_PPR);
    bool ok;

    if (class_of(tpr) > in_service)
        ok = ppr == tpr;
    else if (class_of(tpr) < in_service)
        ok = ppr == in_service;
    else
        ok = ppr == tpr || ppr == in_service;
    tap_check(ok, "CPU %u: %s: PPR 0x%x with TPR 0x%x and class 0x%x in service", this_cpu()->index,
              when, ppr, tpr, in_service);
}

/* CR8 is bits 7:4 of the TPR, whoever writes it. */
static void tpr_and_cr8(void *arg)
{
    (void)arg;
    irq_disable();
    quiesce();
    for (uint32_t tpr = 0; tpr < 0x100; tpr++) {
        lapic_write(LAPIC_TPR, tpr);
        tap_check(lapic_read(LAPIC_TPR) == tpr && read_cr8() == tpr >> 4,
                  "CPU %u: TPR 0x%x reads 0x%x, CR8 0x%lx", this_cpu()->index, tpr,
                  lapic_read(LAPIC_TPR), (unsigned long)read_cr8());
        check_ppr("TPR", tpr, 0);
    }
    for (uint32_t cr8 = 0; cr8 < 0x10; cr8++) {
        write_cr8(cr8);
        tap_check(read_cr8() == cr8 && lapic_read(LAPIC_TPR) == cr8 << 4,
                  "CPU %u: CR8 %u: reads %lu, TPR 0x%x", this_cpu()->index, cr8,
                  (unsigned long)read_cr8(), lapic_read(LAPIC_TPR));
        check_ppr("CR8", cr8 << 4, 0);
    }
    write_cr8(0);
    irq_enable();
}

static void write_bad_cr8(void *arg)
{
    write_cr8((uintptr_t)arg);
}

void case_tpr(void)
{
    struct fault fault;

    on_each(tpr_and_cr8);
    for (unsigned bit = 4; bit < 64 && !differs(CR8_BITS_UNCHECKED); bit++)
        tap_check(trap_call(write_bad_cr8, (void *)(uintptr_t)BIT(bit), &fault) &&
                      fault.vector == VECTOR_GP,
                  "bit %u of CR8: no #GP", bit);
}

/* What the handlers found; interrupts are off in them. */
static volatile unsigned order[8], taken;
static void (*volatile in_handler)(unsigned vector);

static void on_vector(struct trap_frame *frame)
{
    unsigned vector = (unsigned)frame->vector;

    if (taken < ARRAY_SIZE(order))
        order[taken] = vector;
    taken++;
    check_state("in service", vector, false, true);
    check_ppr("in service", lapic_read(LAPIC_TPR), class_of(vector));
    if (in_handler)
        in_handler(vector);
    lapic_eoi();
    check_state("after EOI", vector, false, false);
}

/* Interrupts on for a moment, in which some might come. */
static void open_briefly(void)
{
    irq_enable();
    for (unsigned n = 0; n < MOMENT; n++)
        cpu_pause();
    irq_disable();
}

/* Until so many have come, or long enough for them. */
static void open_until_taken(unsigned count)
{
    irq_enable();
    for (unsigned n = 0; n < SPINS && taken < count; n++)
        cpu_pause();
    irq_disable();
}

static void expect_vectors(void (*inside)(unsigned vector))
{
    taken = 0;
    in_handler = inside;
    trap_set_handler(VECTOR_LOW, on_vector);
    trap_set_handler(VECTOR_SAME, on_vector);
    trap_set_handler(VECTOR_HIGH, on_vector);
}

/* Held back by IF, then by TPR, by TPR of just its class, and by CR8; then it comes. */
static void hold_back(void *arg)
{
    static const uint32_t priorities[] = {0xF0, 0x5F, 0x50};

    (void)arg;
    irq_disable();
    quiesce();
    lapic_eoi(); /* with nothing in service */
    check_ppr("EOI of nothing", 0, 0);
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(priorities); i++) {
        uint32_t tpr = priorities[i / 2];

        taken = 0;
        lapic_write(LAPIC_TPR, tpr);
        send_self(VECTOR_LOW);
        send_self(VECTOR_LOW); /* one bit */
        check_state("IF is 0", VECTOR_LOW, true, false);
        open_briefly();
        check_state("masked by TPR", VECTOR_LOW, true, false);
        check_ppr("masked by TPR", tpr, 0);
        lapic_eoi();
        check_state("EOI of nothing", VECTOR_LOW, true, false);
        CHECK_EQ(taken, 0);
        if (i % 2)
            write_cr8(4);
        else
            lapic_write(LAPIC_TPR, 0x4F);
        check_state("let through, and IF is 0", VECTOR_LOW, true, false);
        open_until_taken(1);
        tap_check(taken == 1, "CPU %u: taken %u times", this_cpu()->index, taken);
        check_state("afterwards", VECTOR_LOW, false, false);
        check_ppr("afterwards", lapic_read(LAPIC_TPR), 0);
    }
    lapic_write(LAPIC_TPR, 0);
    irq_enable();
}

void case_in_service(void)
{
    expect_vectors(NULL);
    on_each(hold_back);
}

static volatile unsigned spurious;

static void on_spurious(struct trap_frame *frame)
{
    (void)frame; /* no EOI: it has no bit in the ISR */
    spurious++;
    for (unsigned n = 0; n < 8; n++)
        CHECK_EQ(lapic_read((enum lapic_reg)(LAPIC_ISR + 16 * n)), 0);
}

/*
 * Masked by TPR when the processor knows of it already: "the local APIC will deliver a
 * spurious-interrupt vector", or nothing. The interrupt stays and comes later.
 */
static void raise_late(void *arg)
{
    (void)arg;
    irq_disable();
    quiesce();
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_SPURIOUS_HERE);
    taken = spurious = 0;
    send_self(VECTOR_LOW);
    lapic_write(LAPIC_TPR, VECTOR_LOW);
    open_briefly();
    tap_check(taken == 0 && spurious <= 1, "CPU %u: taken %u times, %u spurious", this_cpu()->index,
              taken, spurious);
    check_state("masked late", VECTOR_LOW, true, false);
    lapic_write(LAPIC_TPR, 0);
    open_until_taken(1);
    tap_check(taken == 1 && spurious <= 1, "CPU %u: taken %u times, %u spurious", this_cpu()->index,
              taken, spurious);
    quiesce();
    irq_enable();
}

void case_spurious(void)
{
    expect_vectors(NULL);
    trap_set_handler(VECTOR_SPURIOUS_HERE, on_spurious);
    on_each(raise_late);
}

/* In the lower one's handler: one of its class has to wait, one of a higher class has not. */
static void interrupt_handler(unsigned vector)
{
    unsigned before = taken;

    if (vector != VECTOR_LOW)
        return;
    send_self(VECTOR_SAME);
    open_briefly();
    tap_check(taken == before, "CPU %u: interrupted by its own class", this_cpu()->index);
    check_state("its class is in service", VECTOR_SAME, true, false);
    send_self(VECTOR_HIGH);
    open_until_taken(before + 1);
    tap_check(taken == before + 1, "CPU %u: not interrupted by a higher class", this_cpu()->index);
    check_state("after the nested one", VECTOR_LOW, false, true);
    check_ppr("after the nested one", lapic_read(LAPIC_TPR), class_of(VECTOR_LOW));
}

static void nest(void *arg)
{
    static const unsigned want[] = {VECTOR_LOW, VECTOR_HIGH, VECTOR_SAME};

    (void)arg;
    irq_disable();
    quiesce();
    taken = 0;
    send_self(VECTOR_LOW);
    open_until_taken(ARRAY_SIZE(want));
    tap_check(taken == ARRAY_SIZE(want), "CPU %u: %u interrupts", this_cpu()->index, taken);
    for (unsigned i = 0; i < ARRAY_SIZE(want) && i < taken; i++)
        tap_check(order[i] == want[i], "CPU %u: number %u is vector 0x%x, want 0x%x",
                  this_cpu()->index, i, order[i], want[i]);
    /* Both wait: the higher one first. */
    taken = 0;
    in_handler = NULL;
    send_self(VECTOR_LOW);
    send_self(VECTOR_HIGH);
    open_until_taken(2);
    tap_check(taken == 2 && order[0] == VECTOR_HIGH && order[1] == VECTOR_LOW,
              "CPU %u: %u interrupts, the first is vector 0x%x", this_cpu()->index, taken,
              order[0]);
    in_handler = interrupt_handler;
    irq_enable();
}

void case_nested(void)
{
    expect_vectors(interrupt_handler);
    on_each(nest);
}

/* "Trigger Mode: [...] ignored for all other delivery modes" than INIT's: TMR stays 0. */
static void send_level(void *arg)
{
    unsigned index = this_cpu()->index, before = irq_count(index, VECTOR_LOW);

    (void)arg;
    irq_disable();
    quiesce();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_LEVEL | ICR_SELF | VECTOR_LOW, 0);
    check_state("sent with the level bit", VECTOR_LOW, true, false);
    irq_enable();
    tap_check(irq_count_wait(index, VECTOR_LOW, before + 1), "CPU %u: no interrupt", index);
    CHECK_EQ(irq_count(index, VECTOR_LOW), before + 1);
}

void case_trigger_mode(void)
{
    if (differs(LEVEL_IPIS)) {
        tap_skip("this LAPIC heeds it");
        return;
    }
    irq_count_begin();
    on_each(send_level);
}
