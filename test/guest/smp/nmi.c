/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NMI IPIs: with a handshake between them as many arrive as were sent. They wake HLT, and no parked
 * CPU.
 */
#include "smp/cases.h"

#define NMIS 50

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

static bool wait_nmis(unsigned index, unsigned long count)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    while (atomic_load(&cpu_at(index)->nmis) < count) {
        if (clock_us() > end)
            return tap_check(false, "CPU %u: NMI %lu did not arrive", index, count);
        cpu_pause();
    }
    return atomic_load(&cpu_at(index)->nmis) == count ||
           tap_check(false, "CPU %u: %lu NMIs too many", index,
                     atomic_load(&cpu_at(index)->nmis) - count);
}

struct nmi_job {
    unsigned target;
    bool ok;
};

/* Sends NMIS to one CPU, each after the one before has arrived; runs on any CPU. */
static void send_with_handshake(void *arg)
{
    struct nmi_job *job = arg;

    job->ok = true;
    for (unsigned n = 0; n < NMIS && job->ok; n++) {
        unsigned long count = atomic_load(&cpu_at(job->target)->nmis);
        uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

        lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(job->target)->apic_id);
        while (atomic_load(&cpu_at(job->target)->nmis) == count && clock_us() < end)
            cpu_pause();
        job->ok = atomic_load(&cpu_at(job->target)->nmis) == count + 1;
    }
}

void case_nmi(void)
{
    trap_set_handler(VECTOR_NMI, on_nmi);
    for (unsigned i = 0; i < cpu_count(); i++) {
        /* From the BSP to each other CPU (and itself), idle in HLT; and from the last CPU to the
         * BSP. */
        unsigned sender = i == 0 ? cpu_count() - 1 : 0;
        unsigned long before = atomic_load(&cpu_at(i)->nmis);
        struct nmi_job job = {.target = i};

        tap_check(on_cpu(sender, send_with_handshake, &job), "CPU %u could not send", sender);
        tap_check(job.ok, "CPU %u: an NMI from CPU %u did not arrive", i, sender);
        delay_us(QUIET_US);
        tap_check(atomic_load(&cpu_at(i)->nmis) == before + NMIS, "CPU %u got %lu NMIs, want %u", i,
                  atomic_load(&cpu_at(i)->nmis) - before, NMIS);
    }
    if (cpu_count() == 1)
        return;

    tap_next("to running CPUs, all but me");
    unsigned long counts[MAX_CPUS];

    for (unsigned i = 0; i < cpu_count(); i++)
        counts[i] = atomic_load(&cpu_at(i)->nmis);
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(start_beating(i), "CPU %u does not beat", i);
    for (unsigned n = 1; n <= NMIS; n++) {
        lapic_ipi(ICR_NMI | ICR_ASSERT | ICR_ALL_BUT_ME, 0);
        for (unsigned i = 1; i < cpu_count(); i++)
            if (!wait_nmis(i, counts[i] + n))
                n = NMIS;
    }
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(is_beating(i), "CPU %u stopped", i);
    for (unsigned i = 1; i < cpu_count(); i++) {
        tap_check(stop_beating(i), "CPU %u lost its work", i);
        tap_check(atomic_load(&cpu_at(i)->nmis) == counts[i] + NMIS, "CPU %u: wrong number", i);
    }
    tap_check(atomic_load(&cpu_at(0)->nmis) == counts[0], "the sender got one");
}

static void halt_without_interrupts(void *arg)
{
    atomic_store((atomic_bool *)arg, true);
    irq_disable();
    cpu_halt();
    irq_enable();
}

void case_nmi_halted(void)
{
    if (!have_aps())
        return;
    trap_set_handler(VECTOR_NMI, on_nmi);
    for (unsigned i = 1; i < cpu_count(); i++) {
        atomic_bool halting = false;
        unsigned long before = atomic_load(&cpu_at(i)->nmis);

        cpu_post(i, halt_without_interrupts, &halting);
        while (!atomic_load(&halting))
            cpu_pause();
        tap_check(!cpu_join(i, 5), "CPU %u: HLT with interrupts off ended by itself", i);
        lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(i)->apic_id);
        tap_check(cpu_join(i, CPU_TIMEOUT_MS), "CPU %u: the NMI did not end HLT", i);
        tap_check(atomic_load(&cpu_at(i)->nmis) == before + 1, "CPU %u: got %lu NMIs", i,
                  atomic_load(&cpu_at(i)->nmis) - before);
    }
    smp_start_all();
}

static void acknowledge(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
}

/* Fixed interrupts may be dropped (the LAPIC is disabled by INIT) or held until it is enabled
 * again. */
void case_nmi_parked(void)
{
    if (!have_aps())
        return;
    if (bare_tcg()) {
        tap_skip("QEMU TCG runs a parked CPU at the reset vector when an NMI comes");
        return;
    }
    trap_set_handler(VECTOR_NMI, on_nmi);
    trap_set_handler(VECTOR_TEST, acknowledge);
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        trampoline_install(TRAMPOLINE_VECTOR);
        smp_init_ipi(i);
        delay_us(1000);
        for (unsigned n = 0; n < 5; n++) {
            lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(i)->apic_id);
            lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, cpu_at(i)->apic_id);
        }
        delay_us(QUIET_US);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u ran", i);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u did not start", i);
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
    }
    smp_start_all();
}

#define SHADOW_NMIS 100
#define RFLAGS_TF   0x100ul

struct shadow_job {
    atomic_bool stop, tf_seen, cr8_lost;
};

/* Most of the time the next instruction is in the shadow of STI or MOV SS, and looks at TF. */
static void read_flags_in_shadows(void *arg)
{
    struct shadow_job *job = arg;

    while (!atomic_load(&job->stop)) {
        unsigned long after_sti, after_mov_ss, ss;

        __asm__ volatile("cli; sti; pushf; pop %0\n\t"
                         "mov %%ss, %2; mov %2, %%ss; pushf; pop %1"
                         : "=r"(after_sti), "=r"(after_mov_ss), "=r"(ss)
                         :
                         : "memory", "cc");
        if ((after_sti | after_mov_ss) & RFLAGS_TF)
            atomic_store(&job->tf_seen, true);
    }
}

/* The same with MOV to CR8 in the shadow of STI or MOV SS. */
static void write_cr8_in_shadows(void *arg)
{
    struct shadow_job *job = arg;

    for (uint64_t n = 0; !atomic_load(&job->stop); n = (n + 1) % 3) {
        uint64_t ss, after_sti, after_mov_ss;

        __asm__ volatile("cli; sti; mov %3, %%cr8; mov %%cr8, %1\n\t"
                         "mov %%ss, %0; mov %0, %%ss; mov %4, %%cr8; mov %%cr8, %2"
                         : "=&r"(ss), "=&r"(after_sti), "=&r"(after_mov_ss)
                         : "r"(n), "r"(n + 1)
                         : "memory");
        if (after_sti != n || after_mov_ss != n + 1)
            atomic_store(&job->cr8_lost, true);
    }
    write_cr8(0);
}

static void halt_in_shadows(void *arg)
{
    struct shadow_job *job = arg;

    while (!atomic_load(&job->stop))
        __asm__ volatile("cli; nop; nop; sti; hlt" : : : "memory");
}

static void nmis_into(unsigned target, void (*fn)(void *), struct shadow_job *job)
{
    struct nmi_job send = {.target = target, .ok = true};

    cpu_post(target, fn, job);
    for (unsigned n = 0; n < SHADOW_NMIS / NMIS && send.ok; n++)
        send_with_handshake(&send);
    tap_check(send.ok, "CPU %u: an NMI did not arrive", target);
    atomic_store(&job->stop, true);
    for (unsigned n = 0; n < 3 && !cpu_join(target, 5); n++)
        lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(target)->apic_id); /* it may be in HLT */
    tap_check(cpu_join(target, CPU_TIMEOUT_MS), "CPU %u: is lost", target);
    tap_check(!atomic_load(&job->cr8_lost), "CPU %u: lost a write of CR8", target);
    tap_check(!atomic_load(&job->tf_seen) || bare_kvm(), "CPU %u: saw a TF that is not its own",
              target);
}

void case_nmi_shadow(void)
{
    if (!have_aps())
        return;
    trap_set_handler(VECTOR_NMI, on_nmi);
    for (unsigned i = 1; i < cpu_count(); i++) {
        struct shadow_job flags = {.stop = false}, halt = {.stop = false};
        struct shadow_job cr8 = {.stop = false};

        nmis_into(i, read_flags_in_shadows, &flags);
        nmis_into(i, halt_in_shadows, &halt);
        nmis_into(i, write_cr8_in_shadows, &cr8);
    }
    smp_start_all();
}

#define INIT_ROUNDS 12

static void halt_with_interrupts(void *arg)
{
    (void)arg;
    cpu_halt();
}

/* INIT right behind an NMI: the CPU comes back whole, with its interrupts and NMIs. */
void case_nmi_then_init(void)
{
    if (!have_aps())
        return;
    trap_set_handler(VECTOR_NMI, on_nmi);
    trap_set_handler(VECTOR_TEST, acknowledge);
    for (unsigned i = 1; i < cpu_count(); i++) {
        bool awake = true;

        for (unsigned n = 0; n < INIT_ROUNDS && awake; n++) {
            struct shadow_job job = {.stop = false};

            cpu_post(i, read_flags_in_shadows, &job);
            delay_us(100);
            lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(i)->apic_id);
            delay_us(n % 6);
            if (!tap_check(smp_start(i), "CPU %u round %u: did not start", i, n))
                return;
            cpu_post(i, halt_with_interrupts, NULL);
            awake = false;
            for (unsigned k = 0; k < 20 && !awake; k++) {
                lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, cpu_at(i)->apic_id);
                awake = cpu_join(i, 10);
            }
            tap_check(awake, "CPU %u round %u: an interrupt does not end HLT", i, n);
        }
    }
    smp_start_all();
}
