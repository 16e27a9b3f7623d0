/* SPDX-License-Identifier: GPL-2.0-only */
/* ESR, and the error interrupt ("Error Handling"). */
#include "apic-regs/cases.h"

#define ILLEGAL_VECTOR 0x0F
#define VECTOR_ERROR   (VECTOR_TEST + 0x30)
#define QUIET_US       1000
#define TICKS          1000

static void check_errors(const char *what, uint32_t want)
{
    uint32_t before = lapic_read(LAPIC_ESR), got = take_errors(), again;

    tap_check(before == 0, "CPU %u: %s: ESR 0x%x before it is written", this_cpu()->index, what,
              before);
    tap_check(got == want, "CPU %u: %s: ESR 0x%x, want 0x%x", this_cpu()->index, what, got, want);
    again = lapic_read(LAPIC_ESR);
    tap_check(again == want, "CPU %u: %s: ESR 0x%x when it is read again", this_cpu()->index, what,
              again);
    again = take_errors();
    tap_check(again == 0, "CPU %u: %s: ESR 0x%x when it is written again", this_cpu()->index, what,
              again);
}

static uint32_t of_sender(void)
{
    return differs(NO_SEND_ILLEGAL) ? ESR_RECEIVE_ILLEGAL : ESR_SEND_ILLEGAL;
}

/* An interrupt of the LVT with an illegal vector: the timer's. */
static void fire_illegal_timer(void)
{
    lapic_write(LAPIC_LVT_TIMER, ILLEGAL_VECTOR);
    lapic_write(LAPIC_TIMER_INITIAL, TICKS);
    tap_check(timer_runs_out(), "CPU %u: the timer does not run out", this_cpu()->index);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
}

static void make_errors(void *arg)
{
    (void)arg;
    irq_disable();
    quiesce();
    CHECK_EQ(take_errors(), 0);
    for (unsigned vector = 0; vector < 16; vector++) {
        send_self(vector);
        check_errors("sending an illegal vector", of_sender());
    }
    send_self(16);
    tap_check(lapic_bit(LAPIC_IRR, 16), "CPU %u: vector 16 is not requested", this_cpu()->index);
    check_errors("sending vector 16", 0);
    if (is_x2apic()) {
        lapic_write(LAPIC_SELF_IPI, ILLEGAL_VECTOR);
        check_errors("a self-IPI with an illegal vector", of_sender());
    }
    fire_illegal_timer();
    check_errors("a timer with an illegal vector", ESR_RECEIVE_ILLEGAL);
    tap_check(lapic_read(LAPIC_IRR) == BIT32(16), "CPU %u: IRR 0x%x", this_cpu()->index,
              lapic_read(LAPIC_IRR));
    /* Errors of different kinds come together. */
    fire_illegal_timer();
    send_self(ILLEGAL_VECTOR);
    check_errors("both", ESR_RECEIVE_ILLEGAL | of_sender());
}

static void on_16(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
}

/* Vector 16 is legal for the LAPIC; the processor takes it as #MF. */
static void make_errors_and_clean(void *arg)
{
    make_errors(arg);
    trap_set_handler(16, on_16);
    irq_enable();
    for (unsigned n = 0; n < 1000; n++)
        cpu_pause();
    CHECK_EQ(lapic_read(LAPIC_IRR), 0);
}

void case_errors(void)
{
    if (differs(ESR_IS_STUCK)) {
        tap_skip("this ESR cannot be written");
        return;
    }
    on_each(make_errors_and_clean);
}

/* By the LVT's error entry; not while that is masked, and not if its own vector is illegal. */
static void take_interrupt(void *arg)
{
    unsigned index = this_cpu()->index, before = irq_count(index, VECTOR_ERROR);

    (void)arg;
    quiesce();
    lapic_write(LAPIC_LVT_ERROR, LAPIC_LVT_MASKED | VECTOR_ERROR);
    send_self(ILLEGAL_VECTOR);
    check_errors("masked", ESR_SEND_ILLEGAL);
    delay_us(QUIET_US);
    CHECK_EQ(irq_count(index, VECTOR_ERROR), before);

    lapic_write(LAPIC_LVT_ERROR, VECTOR_ERROR);
    send_self(ILLEGAL_VECTOR);
    tap_check(irq_count_wait(index, VECTOR_ERROR, before + 1), "CPU %u: no error interrupt", index);
    check_errors("sending", ESR_SEND_ILLEGAL);
    if (!is_x2apic()) {
        (void)lapic_read((enum lapic_reg)0);
        tap_check(irq_count_wait(index, VECTOR_ERROR, before + 2),
                  "CPU %u: no error interrupt for a reserved register", index);
        check_errors("a reserved register", ESR_ILLEGAL_ADDRESS);
        before++;
    }
    lapic_write(LAPIC_LVT_ERROR, ILLEGAL_VECTOR);
    send_self(ILLEGAL_VECTOR);
    check_errors("an illegal error vector", ESR_SEND_ILLEGAL | ESR_RECEIVE_ILLEGAL);
    delay_us(QUIET_US);
    CHECK_EQ(irq_count(index, VECTOR_ERROR), before + 1);
    lapic_write(LAPIC_LVT_ERROR, LAPIC_LVT_MASKED);
}

void case_error_interrupt(void)
{
    if (differs(NO_ERROR_INTERRUPT)) {
        tap_skip("this LAPIC has none");
        return;
    }
    irq_count_begin();
    on_each(take_interrupt);
}

/* Delivery mode 3 was remote read once. It is reserved, RRD stays 0 and nobody answers. */
static void read_remotely(void *arg)
{
    uint32_t dest = cpu_at(0)->apic_id;

    (void)arg;
    quiesce();
    lapic_ipi(0x300 | ICR_ASSERT | LAPIC_VERSION / 16, dest);
    delay_us(QUIET_US);
    if (!is_x2apic()) {
        CHECK_EQ(lapic_read(LAPIC_RRD), 0);
        tap_check((lapic_read(LAPIC_ICR) & 0x30000) == 0, "CPU %u: read status in ICR 0x%x",
                  this_cpu()->index, lapic_read(LAPIC_ICR));
    }
    (void)take_errors();
}

void case_remote_read(void)
{
    irq_count_begin();
    on_each(read_remotely);
    check_no_interrupts();
}
