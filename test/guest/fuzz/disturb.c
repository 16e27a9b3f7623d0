/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * While the subject makes its steps, CPU 0 sends interrupts and NMIs to it, and INIT and SIPI to it
 * and to others. The others send interrupts and change what the subject executes. How all this meets
 * the steps is a matter of time, so no two runs are the same in it.
 */
#include "fuzz/disturb.h"

#include "fuzz/guard.h"
#include "fuzz/kinds.h"
#include "fuzz/stale.h"
#include "lib/clock.h"
#include "lib/console.h"

#define STUCK_US       UINT64_C(20000000)
#define PAUSE_EXITS    16 /* at most, between two disturbances, in the time that CPUID takes */
#define PAUSE_TICKS    20000
#define START_TRIES    1000
#define RESTART_ONE_IN 64
#define INIT_ONE_IN    512
#define COM1_LCR       0x3FB
#define LCR_8N1        0x03

static struct random random;
static atomic_bool stop;
static bool alone;
static unsigned pause_ticks; /* of the TSC: as much time for the subject on each machine */

void disturb_init(uint64_t seed, bool alone_)
{
    const uint64_t start = rdtsc();

    random = random_at(seed, UINT64_MAX);
    alone = alone_;
    for (unsigned i = 0; i < PAUSE_EXITS; i++)
        (void)cpuid(0, 0);
    pause_ticks = (unsigned)(rdtsc() - start);
    if (pause_ticks < PAUSE_TICKS)
        pause_ticks = PAUSE_TICKS;
}

static void pause_for(uint64_t ticks)
{
    const uint64_t start = rdtsc();

    while (rdtsc() - start < ticks)
        cpu_pause();
}

static uint32_t vector(struct random *r)
{
    return VECTOR_TEST + random_below(r, 0x40);
}

static void send_interrupt(struct random *r)
{
    const uint32_t low = vector(r) | ICR_FIXED | ICR_ASSERT;

    if (random_one_in(r, 8))
        lapic_ipi(low | ICR_ALL_BUT_ME, 0);
    else
        lapic_ipi(low, cpu_at(random_below(r, cpu_count()))->apic_id);
}

/* Any INIT ends it, so it has nothing that must be put back. */
static void disturb_from_here(void *arg)
{
    struct random r = {rdtsc() ^ this_cpu()->index};

    (void)arg;
    while (!atomic_load(&stop)) {
        race_change(&r);
        if (random_one_in(&r, 256))
            send_interrupt(&r);
        if (random_one_in(&r, 64))
            (void)cpuid(0x40000000, 0);
    }
}

/* Starts the CPU anew, whatever it did. The first SIPI may come before the INIT has been carried out. */
static bool restart(unsigned index)
{
    const unsigned boots = atomic_load(&cpu_at(index)->boots);

    trampoline_install(TRAMPOLINE_VECTOR);
    smp_init_ipi(index);
    for (unsigned i = 0; i < START_TRIES; i++) {
        pause_for(pause_ticks);
        if (atomic_load(&cpu_at(index)->online) && atomic_load(&cpu_at(index)->boots) > boots)
            return true;
        smp_startup_ipi(index, TRAMPOLINE_VECTOR);
    }
    return false;
}

static void restart_other(struct random *r)
{
    const unsigned index = random_below(r, cpu_count());

    if (index <= SUBJECT || !guard_try(GUARD_STARTS))
        return;
    if (restart(index))
        cpu_post(index, disturb_from_here, NULL);
    guard_release(GUARD_STARTS);
}

/* In the middle of a step, whichever. The next one is the first that is made afterwards. */
static bool restart_subject(void)
{
    bool ok;

    if (!guard_try(GUARD_STARTS))
        return true;
    ok = restart(SUBJECT);
    guard_release(GUARD_STARTS);
    if (!ok)
        return false;
    outb(COM1_LCR, LCR_8N1);
    atomic_fetch_add(&progress.step, 1);
    cpu_post(SUBJECT, subject_run, NULL);
    return true;
}

static void send_nmi(void)
{
    lapic_ipi(ICR_NMI | ICR_ASSERT, cpu_at(SUBJECT)->apic_id);
}

static bool disturb(struct random *r)
{
    if (random_one_in(r, RESTART_ONE_IN))
        restart_other(r);
    if (random_one_in(r, INIT_ONE_IN))
        return restart_subject();
    if (random_one_in(r, 2))
        send_nmi();
    else
        send_interrupt(r);
    return true;
}

static bool start_others(void)
{
    atomic_store(&stop, false);
    for (unsigned i = SUBJECT + 1; !alone && i < cpu_count(); i++) {
        if (!cpu_alive(i))
            return false;
        cpu_post(i, disturb_from_here, NULL);
    }
    return true;
}

bool disturb_stop(void)
{
    bool all = true;

    /* An NMI may still be on its way. In the handler of another it ends the job that runs then. */
    pause_for(pause_ticks);
    atomic_store(&stop, true);
    for (unsigned i = SUBJECT + 1; i < cpu_count(); i++)
        if (!atomic_load(&cpu_at(i)->online) || !cpu_join(i, CPU_TIMEOUT_MS))
            all = restart(i) && all;
    return all;
}

/* HLT needs somebody who ends it, so the subject is never quite alone. */
static bool watch(void)
{
    uint64_t seen = UINT64_MAX, since = clock_us();

    while (atomic_load(&cpu_at(SUBJECT)->job)) {
        const uint64_t step = atomic_load(&progress.step);

        if (step != seen)
            since = clock_us();
        else if (clock_us() - since > STUCK_US)
            return false;
        seen = step;
        pause_for(random_below(&random, pause_ticks));
        if (alone)
            send_nmi();
        else if (!disturb(&random))
            return false;
    }
    return !atomic_load(&progress.wrong);
}

bool disturb_and_run(uint64_t first, uint64_t end)
{
    atomic_store(&progress.step, first);
    atomic_store(&progress.end, end);
    if (!start_others())
        return false;
    cpu_post(SUBJECT, subject_run, NULL);
    return watch();
}
