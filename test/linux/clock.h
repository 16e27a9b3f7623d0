/* SPDX-License-Identifier: GPL-2.0-only */
/* What guest-clocks reads (clock_read.c) and reports (clock.c). */

#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#define CLOCK_REALTIME         0
#define CLOCK_MONOTONIC        1
#define CLOCK_MONOTONIC_COARSE 6 /* its resolution is that of the kernel's tick */

#define CLOCK_CPUS 64 /* those that are looked at, at most */
#define NS_PER_S   1000000000L
#define NS_PER_MS  1000000L
#define USER_HZ    100
#define EDGE_MS    40 /* before the RTC's second is over, it is polled */
#define NO_RTC     (-1)

struct timespec {
    long s, ns;
};

/* What the clocks show at one moment. */
struct sample {
    struct timespec monotonic, realtime;
    unsigned long jiffies; /* in USER_HZ */
    int rtc;               /* seconds of the hour, or NO_RTC */
    unsigned long loc[CLOCK_CPUS];
};

/* Says that the clocks could not be read, and ends the program. In clock.c. */
__attribute__((noreturn)) void fail(const char *what);

struct timespec now(int clock);
struct timespec later(struct timespec t, long ns);
struct timespec difference(struct timespec end, struct timespec begin);
int is_later(struct timespec a, struct timespec b);
void sleep_until(struct timespec when);

/*
 * All clocks at the moment of the mark WORD END, which the machine writes down; `cpu_count` is that
 * of the CPUs online.
 */
void take(struct sample *s, const char *word, const char *end, unsigned cpu_count);

#endif
