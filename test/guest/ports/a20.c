/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest closes the A20 gate. Were it done under Lapwing, the next exit would fetch its code from
 * 1 MiB below wherever bit 20 of its address is set. A bare machine's gate closes: the payload goes on
 * because all that it uses lies in even MiBs.
 */
#include "lib/clock.h"
#include "lib/lapic.h"
#include "lib/smp.h"
#include "ports/cases.h"

#define SPARE_PAGE 0x9000 /* nobody's, below 640 KiB */
#define RACES      200

static void count_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

/* Exits of each kind: CPUID, MSRs, the LAPIC, a port, IPIs, NMIs. */
static void exits_of_all_kinds(void)
{
    const unsigned last = cpu_count() - 1;

    check_all(under_lapwing());
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE));
    lapic_write(LAPIC_TPR, 0x20);
    CHECK_EQ(lapic_read(LAPIC_TPR), 0x20);
    lapic_write(LAPIC_TPR, 0);
    (void)inb(PORT_CF9);
    trap_set_handler(VECTOR_NMI, count_nmi);
    atomic_store(&cpu_at(last)->nmis, 0);
    lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(last)->apic_id);
    for (unsigned i = 0; i < CPU_TIMEOUT_MS && atomic_load(&cpu_at(last)->nmis) == 0; i++)
        delay_us(1000);
    CHECK_EQ(atomic_load(&cpu_at(last)->nmis), 1);
    check_all(under_lapwing());
}

static volatile uint32_t *word(uintptr_t at)
{
    __asm__("" : "+r"(at)); /* a small constant is no null pointer */
    return (volatile uint32_t *)at;
}

/* Under Lapwing memory at an odd MiB is what it was before. Bare it is that of the MiB below. */
static void check_memory(void)
{
    const uint32_t low = *word(SPARE_PAGE), high = *word(MIB + SPARE_PAGE);

    *word(SPARE_PAGE) = ~high;
    CHECK_EQ(*word(MIB + SPARE_PAGE), under_lapwing() ? high : ~high);
    *word(SPARE_PAGE) = low;
}

void case_a20_fast(void)
{
    const uint8_t open = inb(PORT_FAST);

    CHECK(open & FAST_A20);
    outb(PORT_FAST, (uint8_t)(open & ~(FAST_A20 | FAST_RESET)));
    CHECK_EQ(inb(PORT_FAST), (uint8_t)(open & ~FAST_A20));
    exits_of_all_kinds();
    check_memory();
    outb(PORT_FAST, (uint8_t)((open | FAST_A20) & ~FAST_RESET));
    CHECK_EQ(inb(PORT_FAST), open);
}

static void write_output(uint8_t value)
{
    kbc_command(KBC_WRITE_OUTPUT);
    kbc_write(value);
}

void case_a20_output(void)
{
    const uint8_t open = kbc_ask(KBC_READ_OUTPUT);

    CHECK(open & OUTPUT_A20);
    write_output((uint8_t)((open | OUTPUT_NO_RESET) & ~OUTPUT_A20));
    CHECK(!(kbc_ask(KBC_READ_OUTPUT) & OUTPUT_A20));
    exits_of_all_kinds();
    check_memory();
    write_output(open | OUTPUT_NO_RESET | OUTPUT_A20);
    CHECK(kbc_ask(KBC_READ_OUTPUT) & OUTPUT_A20);
}

void case_a20_command(void)
{
    kbc_command(KBC_CLOSE_A20);
    CHECK(!(kbc_ask(KBC_READ_OUTPUT) & OUTPUT_A20));
    exits_of_all_kinds();
    check_memory();
    kbc_command(KBC_OPEN_A20);
    CHECK(kbc_ask(KBC_READ_OUTPUT) & OUTPUT_A20);
}

/* A pulse of the gate's line, of no line, and of lines that mean nothing. */
void case_a20_pulse(void)
{
    const bool lapwing = under_lapwing();

    if (lapwing)
        kbc_command(KBC_PULSE | 0xD);
    kbc_command(KBC_PULSE | 0xF);
    kbc_command(KBC_PULSE | 0x3);
    check_all(lapwing);
    CHECK(kbc_ask(KBC_READ_OUTPUT) & OUTPUT_A20);
}

static atomic_bool racing;

/* Data that would close the gate. The keyboard gets it, or the output port. */
static void race(void *arg)
{
    (void)arg;
    while (atomic_load(&racing))
        outb(KBC_DATA, 0xFF & ~OUTPUT_A20);
}

/* Another CPU writes data between the command and its data. */
void case_a20_race(void)
{
    if (cpu_count() < 2) {
        tap_skip("one CPU");
        return;
    }
    atomic_store(&racing, true);
    cpu_post(1, race, NULL);
    for (unsigned i = 0; i < RACES; i++) {
        outb(KBC_COMMAND, KBC_WRITE_OUTPUT);
        outb(KBC_DATA, 0xFF & ~OUTPUT_A20);
        CHECK(under_lapwing());
    }
    atomic_store(&racing, false);
    CHECK(cpu_join(1, CPU_TIMEOUT_MS));
    check_memory();
    check_all(true);
    kbc_command(KBC_OPEN_A20);
    (void)kbc_ask(KBC_READ_CONFIG);
}
