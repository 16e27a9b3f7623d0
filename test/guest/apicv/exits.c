/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits, by Lapwing's own counters. A fixed IPI costs one exit at its sender, and none at its
 * receiver, whose EOI costs none either. Writes of TPR and EOI and self-IPIs cost none. Reading the
 * counters costs only CPUID exits, which do not count. With `sender=0` on the command line the
 * processor virtualizes IPIs: an IPI to one CPU by its APIC ID then costs its sender nothing.
 */
#include "apicv/cases.h"
#include "lib/clock.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define IPIS       200
#define TIMEOUT_MS 2000

static atomic_uint arrived;
static atomic_bool ready, stop;
static uint64_t receiver_exits;

static void on_ipi(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
    atomic_fetch_add(&arrived, 1);
}

/* Spins with interrupts on, between two counts. */
static void receiver(void *arg)
{
    uint64_t before = leaf_other_exits();

    (void)arg;
    atomic_store(&ready, true);
    while (!atomic_load(&stop))
        cpu_pause();
    receiver_exits = leaf_other_exits() - before;
}

static bool wait_arrived(unsigned n)
{
    uint64_t end = clock_us() + TIMEOUT_MS * UINT64_C(1000);

    while (atomic_load(&arrived) < n) {
        if (clock_us() > end)
            return false;
        cpu_pause();
    }
    return true;
}

static unsigned exits_of_sender(void)
{
    return payload_has_word("sender=0") ? 0 : 1;
}

static void between_two(unsigned target, bool halted)
{
    uint64_t exits;

    atomic_store(&arrived, 0);
    atomic_store(&ready, false);
    atomic_store(&stop, false);
    tap_next("%u IPIs to CPU %u, %s", IPIS, target, halted ? "idle" : "running");
    if (!halted) {
        cpu_post(target, receiver, NULL);
        while (!atomic_load(&ready))
            cpu_pause();
    }
    exits = leaf_other_exits();
    for (unsigned i = 0; i < IPIS; i++) {
        lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, cpu_at(target)->apic_id);
        if (!tap_check(wait_arrived(i + 1), "IPI %u did not arrive", i))
            break;
    }
    exits = leaf_other_exits() - exits;
    CHECK_EQ(exits, IPIS * exits_of_sender());
    if (halted)
        return;
    atomic_store(&stop, true);
    CHECK(cpu_join(target, TIMEOUT_MS));
    CHECK_EQ(receiver_exits, 0);
}

static void write_tpr(unsigned n)
{
    lapic_write(LAPIC_TPR, n & 0xF0);
}

static void write_eoi(unsigned n)
{
    (void)n;
    lapic_eoi();
}

static void self_ipi(unsigned n)
{
    (void)n;
    if (this_cpu()->x2apic)
        wrmsr(MSR_X2APIC + 0x3F, VECTOR_TEST);
    else
        lapic_write(LAPIC_ICR, ICR_FIXED | ICR_SELF | VECTOR_TEST);
}

static void read_registers(unsigned n)
{
    static const enum lapic_reg regs[] = {LAPIC_ID,  LAPIC_VERSION, LAPIC_TPR,      LAPIC_SVR,
                                          LAPIC_ICR, LAPIC_IRR,     LAPIC_LVT_TIMER};

    (void)lapic_read(regs[n % ARRAY_SIZE(regs)]);
}

static void alone(const char *what, void (*access)(unsigned n))
{
    uint64_t exits;

    tap_next("%s", what);
    access(0);
    exits = leaf_other_exits();
    for (unsigned i = 0; i < IPIS; i++)
        access(i);
    exits = leaf_other_exits() - exits;
    lapic_write(LAPIC_TPR, 0);
    CHECK_EQ(exits, 0);
}

void case_exits(void)
{
    trap_set_handler(VECTOR_TEST, on_ipi);
    between_two(1, false);
    between_two(cpu_count() - 1, true);
    alone("TPR", write_tpr);
    alone("EOI", write_eoi);
    atomic_store(&arrived, 0);
    alone("self-IPI", self_ipi);
    CHECK_EQ(atomic_load(&arrived), IPIS + 1);
    alone("reads", read_registers);
}
