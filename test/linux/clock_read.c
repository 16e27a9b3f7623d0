/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the guest's clocks for guest-clocks: the kernel's clocks by system calls, the RTC by its
 * ports, and each CPU's count of local timer interrupts.
 */

#include "guest.h"
#include "clock.h"

#define NR_TIMES           43
#define NR_CLOCK_GETTIME   265
#define NR_CLOCK_NANOSLEEP 267

#define TIMER_ABSTIME  1
#define RTC_INDEX_PORT 0x70
#define RTC_DATA_PORT  0x71

static char interrupts[1 << 16];

struct timespec now(int clock)
{
    struct timespec t;

    if (syscall3(NR_CLOCK_GETTIME, clock, (long)&t, 0))
        fail("clock_gettime does not work");
    return t;
}

struct timespec later(struct timespec t, long ns)
{
    t.ns += ns;
    while (t.ns >= NS_PER_S) {
        t.ns -= NS_PER_S;
        t.s++;
    }
    return t;
}

struct timespec difference(struct timespec end, struct timespec begin)
{
    struct timespec d = {end.s - begin.s, end.ns - begin.ns};

    if (d.ns < 0) {
        d.ns += NS_PER_S;
        d.s--;
    }
    return d;
}

int is_later(struct timespec a, struct timespec b)
{
    return a.s > b.s || (a.s == b.s && a.ns > b.ns);
}

void sleep_until(struct timespec when)
{
    if (syscall4(NR_CLOCK_NANOSLEEP, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&when, 0))
        fail("clock_nanosleep does not work");
}

static unsigned rtc_register(unsigned number)
{
    outb(RTC_INDEX_PORT, number);
    return inb(RTC_DATA_PORT);
}

/* Seconds of the hour; NO_RTC if there is none or it says that it is changing ("MC146818"). */
static int rtc_seconds(void)
{
    unsigned s, m;

    if (rtc_register(10) & 0x80)
        return NO_RTC;
    s = rtc_register(0);
    m = rtc_register(2);
    if (!(rtc_register(11) & 4)) { /* BCD */
        s = s / 16 * 10 + s % 16;
        m = m / 16 * 10 + m % 16;
    }
    return s < 60 && m < 60 ? (int)(m * 60 + s) : NO_RTC;
}

/* Wait until the RTC's next second begins; the CPU may idle. Nothing if it has none for 2 s. */
static int wait_rtc(void)
{
    const struct timespec begin = now(CLOCK_MONOTONIC);
    struct timespec t = begin;
    int old = NO_RTC;

    while (difference(t, begin).s < 2) {
        const int read = rtc_seconds(); /* were it called new, clang-format would see C++ */

        if (read != NO_RTC && old != NO_RTC && read != old)
            return read;
        if (read != NO_RTC)
            old = read;
        t = later(now(CLOCK_MONOTONIC), NS_PER_MS);
        sleep_until(t);
    }
    return NO_RTC;
}

/* Local timer interrupts of each CPU online, the lowest number first. */
static void read_loc(unsigned long *counts, unsigned cpu_count)
{
    const long fd = syscall3(NR_OPEN, (long)"/proc/interrupts", 0, 0);
    long size = 0, got;
    const char *at = interrupts;

    do {
        got = syscall3(NR_READ, fd, (long)interrupts + size, (long)sizeof(interrupts) - 1 - size);
        size += got > 0 ? got : 0;
    } while (got > 0);
    syscall3(NR_CLOSE, fd, 0, 0);
    interrupts[size] = 0;
    while (*at && !(at[0] == 'L' && at[1] == 'O' && at[2] == 'C' && at[3] == ':'))
        at++;
    if (!*at)
        fail("no LOC in /proc/interrupts");
    at += 4;
    for (unsigned i = 0; i < cpu_count; i++) {
        while (*at == ' ')
            at++;
        for (counts[i] = 0; *at >= '0' && *at <= '9'; at++)
            counts[i] = counts[i] * 10 + (unsigned long)(*at - '0');
    }
}

/* The machine writes down when this was. The newline ends it: read the clocks right after. */
static void mark(const char *word, const char *end)
{
    put_to_machine(MARK);
    put_to_machine(word);
    put_to_machine(end);
    put_to_machine("\n");
}

void take(struct sample *s, const char *word, const char *end, unsigned cpu_count)
{
    s->rtc = wait_rtc();
    mark(word, end);
    s->monotonic = now(CLOCK_MONOTONIC);
    s->realtime = now(CLOCK_REALTIME);
    s->jiffies = (unsigned long)syscall3(NR_TIMES, 0, 0, 0);
    read_loc(s->loc, cpu_count);
}
