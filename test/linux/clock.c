/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest-clocks SECONDS: how much time passes on each of the guest's clocks, first with all CPUs
 * idle and then with all of them busy. Each phase lies between two marks. Bochs logs their ticks
 * (mark.c), so that the tool knows the true time; tools/lapwing_tool/judging/clocks.py judges. The
 * program prints lines such as
 *
 *  LAPWING-GUEST: clock monotonic ns=5000012345 phase=idle word=clock-1a2b3c4d-idle
 *
 * and makes the marks WORD-begin and WORD-end. The clocks are monotonic, realtime, jiffies (the
 * periodic ticks, if the kernel has them), rtc (read from its ports), loc (a count of one CPU's
 * local timer interrupts, and the kernel's HZ) and alarm (how late the latest alarm came).
 */

#include "guest.h"
#include "clock.h"

#define NR_KILL               37
#define NR_SCHED_SETSCHEDULER 156
#define NR_CLOCK_GETRES       266

#define SCHED_FIFO          1
#define SCHED_RESET_ON_FORK 0x40000000 /* children are ordinary */
#define SIGKILL             9

#define ALARM_MS 50 /* from one alarm to the next */

static char word[64];
static unsigned cpus[CLOCK_CPUS], cpu_count; /* those online */
static struct sample before, after;
static struct timespec latest; /* alarm of a phase */

__attribute__((noreturn)) void fail(const char *what)
{
    put("LAPWING-GUEST: FAIL clock ");
    put(what);
    flush_line();
    leave(1);
}

/* One alarm after the other for `seconds`, on each CPU in turn, so that each one's timer has to. */
static void alarms(unsigned seconds)
{
    struct timespec when = before.monotonic;

    latest = (struct timespec){0, 0};
    for (unsigned n = 1; n < seconds * (1000 / ALARM_MS); n++) {
        struct timespec late;

        when = later(when, ALARM_MS * NS_PER_MS);
        pin(cpus[n % cpu_count]);
        sleep_until(when);
        late = difference(now(CLOCK_MONOTONIC), when);
        if (is_later(late, latest))
            latest = late;
    }
    sleep_until(later(when, (ALARM_MS - EDGE_MS) * NS_PER_MS));
}

static void begin_line(const char *name)
{
    put("LAPWING-GUEST: clock ");
    put(name);
}

static void end_line(const char *phase)
{
    put(" phase=");
    put(phase);
    put(" word=");
    put(word);
    flush_line();
}

static void report_time(const char *name, struct timespec t, const char *phase)
{
    begin_line(name);
    put(" ns=");
    put_number((unsigned)t.s, 0, 0);
    put_number((unsigned)t.ns, 0, 9);
    end_line(phase);
}

static void report(const char *phase)
{
    const unsigned long jiffies = after.jiffies - before.jiffies;
    const struct timespec by_jiffies = {(long)(jiffies / USER_HZ),
                                        (long)(jiffies % USER_HZ) * (NS_PER_S / USER_HZ)};
    struct timespec tick;

    report_time("monotonic", difference(after.monotonic, before.monotonic), phase);
    report_time("realtime", difference(after.realtime, before.realtime), phase);
    report_time("jiffies", by_jiffies, phase);
    if (before.rtc != NO_RTC && after.rtc != NO_RTC) {
        struct timespec t = {(after.rtc + 3600 - before.rtc) % 3600, 0};

        report_time("rtc", t, phase);
    }
    report_time("alarm", latest, phase);
    syscall3(NR_CLOCK_GETRES, CLOCK_MONOTONIC_COARSE, (long)&tick, 0);
    for (unsigned i = 0; i < cpu_count; i++) {
        begin_line("loc");
        put(" cpu=");
        put_number(cpus[i], 0, 0);
        put(" count=");
        put_number(after.loc[i] - before.loc[i], 0, 0);
        put(" hz=");
        put_number((unsigned)(NS_PER_S / tick.ns), 0, 0);
        end_line(phase);
    }
}

/* clock-N-PHASE: the TSC makes it another word each time, in a second kernel too. */
static void name_phase(const char *phase)
{
    unsigned low, n = 0;

    __asm__ volatile("rdtsc" : "=a"(low) : : "edx");
    for (const char *text = "clock-"; *text; text++)
        word[n++] = *text;
    for (unsigned i = 0; i < 8; i++, low <<= 4)
        word[n++] = "0123456789abcdef"[low >> 28];
    for (word[n++] = '-'; *phase; phase++)
        word[n++] = *phase;
    word[n] = 0;
}

static void phase(const char *name, unsigned seconds)
{
    name_phase(name);
    take(&before, word, "-begin", cpu_count);
    alarms(seconds);
    take(&after, word, "-end", cpu_count);
}

/* A child that keeps one CPU busy. */
static long hog(unsigned cpu)
{
    const long child = syscall3(NR_FORK, 0, 0, 0);

    if (child < 0)
        fail("fork does not work");
    if (child > 0)
        return child;
    pin(cpu);
    for (;;)
        __asm__ volatile("");
}

GUEST_ENTRY(clock_main);

void clock_main(const long *stack)
{
    int priority = 1;
    const unsigned seconds = stack[0] == 2 ? number((const char *)stack[2]) : 0;
    long hogs[CLOCK_CPUS];

    if (seconds < 1 || seconds > 1000)
        fail("SECONDS is a number from 1 to 1000");
    if (syscall3(NR_IOPL, 3, 0, 0))
        fail("no access to ports");
    /* The busy ones must not come between a mark and the clocks. */
    if (syscall3(NR_SCHED_SETSCHEDULER, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, (long)&priority))
        fail("no real-time priority");
    for (unsigned cpu = 0; cpu < CLOCK_CPUS; cpu++) {
        if (pin(cpu))
            cpus[cpu_count++] = cpu;
    }
    phase("idle", seconds);
    report("idle");
    for (unsigned i = 0; i < cpu_count; i++)
        hogs[i] = hog(cpus[i]);
    phase("busy", seconds);
    for (unsigned i = 0; i < cpu_count; i++) {
        syscall3(NR_KILL, hogs[i], SIGKILL, 0);
        syscall3(NR_WAITPID, hogs[i], 0, 0);
    }
    report("busy");
    leave(0);
}
