/* SPDX-License-Identifier: GPL-2.0-only */
/* The LAPIC in the boot CPU's present mode: registers, and IPIs to itself and to the others. */
#include "bench/measure.h"

#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define OTHER     1
#define FIXED     (ICR_FIXED | ICR_ASSERT | VECTOR_TEST)
#define SPINS_MAX 10000000

static const char *mode(void)
{
    return this_cpu()->x2apic ? "x2apic" : "xapic";
}

static void write_eoi(unsigned n)
{
    (void)n;
    lapic_eoi();
}

static void write_tpr(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_TPR, 0);
}

static void read_current(unsigned n)
{
    (void)n;
    (void)lapic_read(LAPIC_TIMER_CURRENT);
}

/* The LVT entry is masked, as it is after an INIT. */
static void arm_timer(unsigned n)
{
    lapic_write(LAPIC_TIMER_INITIAL, 0x7FFFFFFF - n);
}

void case_lapic(void)
{
    bench_measure(mode(), "eoi", write_eoi);
    bench_measure(mode(), "tpr", write_tpr);
    bench_measure(mode(), "timer-arm", arm_timer);
    bench_measure(mode(), "timer-current", read_current);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
}

/* Waits, with a bound, until `*counter` is no more what it was. */
static void wait_change(atomic_ulong *counter, unsigned long was)
{
    unsigned spins = SPINS_MAX;

    while (atomic_load(counter) == was && --spins > 0)
        cpu_pause();
    tap_check(spins > 0, "an interrupt is lost");
}

static void on_interrupt(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
    atomic_fetch_add(&this_cpu()->interrupts, 1);
}

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

/* The write alone: interrupts are off, and the vector waits in the IRR. */
static void write_icr(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_ICR, FIXED | ICR_SELF);
}

static void self_ipi(unsigned n)
{
    atomic_ulong *counter = &this_cpu()->interrupts;
    const unsigned long was = atomic_load(counter);

    (void)n;
    if (this_cpu()->x2apic)
        lapic_write(LAPIC_SELF_IPI, VECTOR_TEST);
    else
        lapic_write(LAPIC_ICR, FIXED | ICR_SELF);
    wait_change(counter, was);
}

/* Only the ICR's low half in xAPIC mode: the destination is a register of its own. */
static void ipi_send(unsigned n)
{
    (void)n;
    if (this_cpu()->x2apic)
        wrmsr(MSR_X2APIC + LAPIC_ICR / 16, (uint64_t)cpu_at(OTHER)->apic_id << 32 | FIXED);
    else
        lapic_write(LAPIC_ICR, FIXED);
}

static void ipi_answered(unsigned n)
{
    atomic_ulong *counter = &cpu_at(OTHER)->interrupts;
    const unsigned long was = atomic_load(counter);

    (void)n;
    lapic_ipi(FIXED, cpu_at(OTHER)->apic_id);
    wait_change(counter, was);
}

static void broadcast(unsigned n)
{
    unsigned long was[MAX_CPUS];

    (void)n;
    for (unsigned i = 1; i < cpu_count(); i++)
        was[i] = atomic_load(&cpu_at(i)->interrupts);
    lapic_ipi(FIXED | ICR_ALL_BUT_ME, 0);
    for (unsigned i = 1; i < cpu_count(); i++)
        wait_change(&cpu_at(i)->interrupts, was[i]);
}

static void nmi_answered(unsigned n)
{
    atomic_ulong *counter = &cpu_at(OTHER)->nmis;
    const unsigned long was = atomic_load(counter);

    (void)n;
    lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(OTHER)->apic_id);
    wait_change(counter, was);
}

/* The trampoline takes its lock by its first instruction. */
static void init_sipi(unsigned n)
{
    const volatile uint32_t *lock =
        (const volatile uint32_t *)(uintptr_t)((TRAMPOLINE_VECTOR << 12) + TRAMPOLINE_LOCK);
    unsigned spins = SPINS_MAX;

    (void)n;
    smp_init_ipi(OTHER);
    smp_startup_ipi(OTHER, TRAMPOLINE_VECTOR);
    while (!*lock && --spins > 0)
        cpu_pause();
    tap_check(spins > 0, "CPU %u does not start", OTHER);
}

void case_ipis(void)
{
    trap_set_handler(VECTOR_TEST, on_interrupt);
    trap_set_handler(VECTOR_NMI, on_nmi);
    irq_disable();
    bench_measure(mode(), "icr-write", write_icr);
    irq_enable();
    bench_measure(mode(), "self-ipi", self_ipi);
    if (cpu_count() == 1)
        return;
    lapic_ipi(FIXED, cpu_at(OTHER)->apic_id); /* sets the destination of ipi_send() */
    bench_measure(mode(), "ipi-send", ipi_send);
    bench_measure(mode(), "ipi-round-trip", ipi_answered);
    bench_measure(mode(), "ipi-broadcast", broadcast);
    bench_measure(mode(), "nmi-round-trip", nmi_answered);
    trampoline_install(TRAMPOLINE_VECTOR);
    bench_measure_long(mode(), "init-sipi", init_sipi);
    tap_check(smp_wait_boots(OTHER, 1, CPU_TIMEOUT_MS) && smp_start_all(), "a CPU is lost");
}
