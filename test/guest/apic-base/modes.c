/* SPDX-License-Identifier: GPL-2.0-only */
/* What works in each mode. CPUs may be in different modes at the same time. */
#include "apic-base/cases.h"

#define VECTOR_TIMER  (VECTOR_TEST + 0x48)
#define VECTOR_WHILE  (VECTOR_TEST + 0x49)
#define TIMER_TICKS   100000
#define TIMER_WAIT_US 2000000

static void read_msr(void *arg)
{
    (void)rdmsr((uint32_t)(uintptr_t)arg);
}

static void write_eoi_msr(void *arg)
{
    (void)arg;
    wrmsr(MSR_X2APIC + LAPIC_EOI / 16, 0);
}

static void write_icr_msr(void *arg)
{
    (void)arg;
    wrmsr(MSR_X2APIC + LAPIC_ICR / 16, ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_WHILE);
}

static uint32_t page_word(unsigned offset)
{
    return *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + offset);
}

/* x2APIC MSRs exist in x2APIC mode only; the page shows the LAPIC in xAPIC mode only. */
static void check_registers(void)
{
    const unsigned index = this_cpu()->index;
    const enum mode mode = mode_now();
    struct fault fault;
    void *version = (void *)(uintptr_t)(MSR_X2APIC + LAPIC_VERSION / 16);
    bool faulted;

    if (unknown_msrs_fault()) {
        faulted = trap_call(read_msr, version, &fault);
        tap_check(faulted == (mode != MODE_X2APIC), "CPU %u, %s: reading MSR 803H", index,
                  mode_name(mode));
        faulted = trap_call(write_eoi_msr, NULL, &fault);
        tap_check(faulted == (mode != MODE_X2APIC), "CPU %u, %s: writing MSR 80BH", index,
                  mode_name(mode));
        if (mode != MODE_X2APIC)
            tap_check(trap_call(write_icr_msr, NULL, &fault) && fault.vector == VECTOR_GP,
                      "CPU %u, %s: writing MSR 830H", index, mode_name(mode));
    }
    if (mode == MODE_XAPIC) {
        tap_check(page_word(LAPIC_ID) >> 24 == this_cpu()->apic_id, "CPU %u: ID 0x%x", index,
                  page_word(LAPIC_ID));
    } else if (!unfit_for_checks()) {
        tap_check(page_word(LAPIC_ID) == UINT32_MAX && page_word(LAPIC_VERSION) == UINT32_MAX,
                  "CPU %u, %s: the page shows 0x%x", index, mode_name(mode), page_word(LAPIC_ID));
        *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + LAPIC_ICR) =
            ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_WHILE;
        tap_check(page_word(LAPIC_ICR) == UINT32_MAX, "CPU %u, %s: the page kept 0x%x", index,
                  mode_name(mode), page_word(LAPIC_ICR));
    }
}

static void registers_by_mode(void *arg)
{
    const enum mode first = mode_now();

    (void)arg;
    for (enum mode mode = MODE_OFF; mode <= (lapic_has_x2apic() ? MODE_X2APIC : MODE_XAPIC);
         mode++) {
        go_to(mode);
        check_registers();
    }
    go_to(MODE_OFF); /* from the highest mode, this time */
    check_registers();
    go_to(first);
}

void case_registers_by_mode(void)
{
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(on_cpu(i, registers_by_mode, NULL), "CPU %u does not answer", i);
        tap_check(irq_count(i, VECTOR_WHILE) == 0, "CPU %u: an IPI by an interface that is off", i);
    }
}

/* The timer fires, a self IPI arrives. */
static void check_works(const char *when)
{
    unsigned index = this_cpu()->index;
    unsigned before = irq_count(index, VECTOR_TIMER);
    uint64_t end = clock_us() + TIMER_WAIT_US;

    lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_TIMER_DIV_1);
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, TIMER_TICKS);
    while (irq_count(index, VECTOR_TIMER) == before && clock_us() < end)
        cpu_pause();
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
    tap_check(irq_count(index, VECTOR_TIMER) == before + 1, "CPU %u, %s: %u timer interrupts",
              index, when, irq_count(index, VECTOR_TIMER) - before);
}

static struct {
    atomic_bool off, on;
    enum mode mode;
} trip;

/* Off with the timer running and an interrupt pending; while it is off the BSP sends an IPI. */
static void go_off_and_on(void *arg)
{
    const enum mode mode = trip.mode;
    unsigned index = this_cpu()->index;

    (void)arg;
    check_works("before");
    irq_disable();
    lapic_write(LAPIC_TPR, 0x20);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | VECTOR_WHILE);
    lapic_write(LAPIC_TIMER_INITIAL, TIMER_TICKS);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_WHILE, 0);
    delay_us(200);
    go_to(MODE_OFF);
    irq_enable();
    atomic_store(&trip.off, true);
    while (!atomic_load(&trip.on))
        cpu_pause();
    go_to(mode);
    tap_check(lapic_read(LAPIC_TPR) == 0 && lapic_read(LAPIC_TIMER_INITIAL) == 0 &&
                  lapic_read(LAPIC_LVT_TIMER) == LAPIC_LVT_MASKED,
              "CPU %u: TPR 0x%x, count 0x%x, LVT 0x%x after off", index, lapic_read(LAPIC_TPR),
              lapic_read(LAPIC_TIMER_INITIAL), lapic_read(LAPIC_LVT_TIMER));
    check_works("after");
}

static void trip_of(unsigned i)
{
    atomic_store(&trip.off, false);
    atomic_store(&trip.on, false);
    cpu_post(i, go_off_and_on, NULL);

    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    while (!atomic_load(&trip.off) && clock_us() < end)
        cpu_pause();
    tap_check(atomic_load(&trip.off), "CPU %u did not get off", i);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_WHILE, cpu_at(i)->apic_id);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_ALL_BUT_ME | VECTOR_WHILE, 0);
    delay_us(1000);
    atomic_store(&trip.on, true);
    tap_check(cpu_join(i, CPU_TIMEOUT_MS), "CPU %u does not answer, or an exception", i);
    if (!lapic_is_bochs())
        tap_check(irq_count(i, VECTOR_WHILE) == 0, "CPU %u took %u interrupts while off", i,
                  irq_count(i, VECTOR_WHILE));
}

void case_off_and_on(void)
{
    const enum mode first = mode_now();

    if (rules() == RULES_TCG) {
        tap_skip("QEMU TCG keeps the registers of a LAPIC that is off");
        return;
    }
    for (enum mode mode = MODE_XAPIC; mode <= (lapic_has_x2apic() ? MODE_X2APIC : MODE_XAPIC);
         mode++) {
        tap_next("in %s mode", mode_name(mode));
        CHECK(lapic_id() == this_cpu()->apic_id);
        trip.mode = mode;
        for (unsigned i = 1; i < cpu_count(); i++) {
            irq_count_begin();
            send_to_mode(i, mode);
            trip_of(i);
        }
        irq_count_begin();
        atomic_store(&trip.on, true);
        go_to(mode);
        go_off_and_on(NULL);
        tap_check(irq_count(0, VECTOR_WHILE) == 0, "CPU 0 took %u interrupts while off",
                  irq_count(0, VECTOR_WHILE));
        check_all_pairs("all on again");
        for (unsigned i = 1; i < cpu_count(); i++)
            tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
    }
    for (unsigned i = 0; i < cpu_count(); i++)
        send_to_mode(i, first);
}

static bool all_to_xapic(void)
{
    if (mode_now() == MODE_X2APIC && unfit_to_leave()) {
        tap_skip("%s", unfit_to_leave());
        return false;
    }
    for (unsigned i = 0; i < cpu_count(); i++)
        send_to_mode(i, MODE_XAPIC);
    return true;
}

/* Everybody talks to everybody while they are in different modes; the BSP is in the middle. */
void case_one_by_one(void)
{
    if (!all_to_xapic())
        return;
    check_all_pairs("all in xAPIC mode");
    for (unsigned n = 0; n < cpu_count(); n++) {
        unsigned i = (n + 1 + cpu_count() / 2) % cpu_count();

        send_to_mode(i, MODE_X2APIC);
        check_all_pairs("mixed");
    }
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
}

/* An AP's mode survives INIT, whatever the BSP's is; its other registers do not. */
void case_init_keeps_mode(void)
{
    if (cpu_count() < 2) {
        tap_skip("one CPU");
        return;
    }
    if (rules() == RULES_BARE && lapic_is_bochs()) {
        tap_skip("Bochs' INIT goes back to xAPIC mode");
        return;
    }
    for (unsigned round = 0; round < 4; round++) {
        bool bsp = round & 1, aps = round & 2; /* in x2APIC mode */

        if (unfit_to_leave() && !(bsp && aps))
            continue;
        for (unsigned i = 0; i < cpu_count(); i++)
            send_to_mode(i, (i == 0 ? bsp : aps) ? MODE_X2APIC : MODE_XAPIC);
        for (unsigned i = 1; i < cpu_count(); i++) {
            tap_check(smp_start(i), "CPU %u does not restart", i);
            tap_check(!(cpu_at(i)->lapic.apic_base & APIC_BASE_EXTD) == !aps &&
                          (cpu_at(i)->lapic.apic_base & APIC_BASE_EN),
                      "CPU %u: 0x%lx after INIT", i, (unsigned long)cpu_at(i)->lapic.apic_base);
            tap_check(cpu_at(i)->lapic.id == cpu_at(i)->apic_id, "CPU %u: ID %u", i,
                      cpu_at(i)->lapic.id);
        }
        check_all_pairs("after INIT");
    }
}

void case_back_to_xapic(void)
{
    if (!lapic_has_x2apic()) {
        tap_skip("no x2APIC");
        return;
    }
    for (unsigned i = 0; i < cpu_count(); i++)
        send_to_mode(i, MODE_X2APIC);
    for (unsigned n = 0; n < cpu_count(); n++) {
        unsigned i = cpu_count() - 1 - n;

        send_to_mode(i, MODE_XAPIC);
        check_all_pairs("mixed");
    }
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
}
