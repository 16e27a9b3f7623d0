/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest-clocks SECONDS: how much time goes by on each of the guest's clocks, first with all CPUs
 * idle and then with all of them busy. Each phase lies between two marks, of which Bochs logs the
 * ticks (mark.c), so that the tool can tell what time it really was; tools/lapwing_tool/clocks.py
 * judges.
 *
 *   LAPWING-GUEST: clock monotonic ns=5000012345 phase=idle word=clock-1a2b3c4d-idle
 *
 * and marks WORD-begin and WORD-end. Clocks: monotonic, realtime, jiffies (which are counted by
 * ticks if the kernel has a periodic one), rtc (read from its ports), loc (local timer interrupts
 * of one CPU; a count, and the kernel's HZ) and alarm (by how much the latest alarm came too late).
 *
 * Freestanding 32-bit code like probe.c.
 */

#define NR_EXIT               1
#define NR_FORK               2
#define NR_READ               3
#define NR_WRITE              4
#define NR_OPEN               5
#define NR_CLOSE              6
#define NR_WAITPID            7
#define NR_KILL               37
#define NR_TIMES              43
#define NR_IOPL               110
#define NR_SCHED_SETSCHEDULER 156
#define NR_SCHED_SETAFFINITY  241
#define NR_CLOCK_GETTIME      265
#define NR_CLOCK_GETRES       266
#define NR_CLOCK_NANOSLEEP    267

#define CLOCK_REALTIME         0
#define CLOCK_MONOTONIC        1
#define CLOCK_MONOTONIC_COARSE 6 /* its resolution is that of the kernel's tick */
#define TIMER_ABSTIME          1
#define SCHED_FIFO             1
#define SCHED_RESET_ON_FORK    0x40000000 /* children are ordinary */
#define SIGKILL                9

#define BIOS_MESSAGE_PORT 0x402
#define RTC_INDEX_PORT    0x70
#define RTC_DATA_PORT     0x71

#define MAX_CPUS  64
#define NS_PER_S  1000000000L
#define NS_PER_MS 1000000L
#define USER_HZ   100
#define ALARM_MS  50 /* from one alarm to the next */
#define EDGE_MS   40 /* before the RTC's second is over, it is polled */
#define NO_RTC    (-1)

struct timespec {
    long s, ns;
};

/* What the clocks show at one moment. */
struct sample {
    struct timespec monotonic, realtime;
    unsigned long jiffies; /* in USER_HZ */
    int rtc;               /* seconds of the hour, or NO_RTC */
    unsigned long loc[MAX_CPUS];
};

static char line[256], word[64];
static char interrupts[1 << 16];
static unsigned used;
static unsigned cpus[MAX_CPUS], cpu_count; /* those online */
static struct sample before, after;
static struct timespec latest; /* alarm of a phase */

static long syscall4(long nr, long a, long b, long c, long d)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d)
                     : "memory");
    return result;
}

static void outb(unsigned port, unsigned value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

static unsigned inb(unsigned port)
{
    unsigned char value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(port));
    return value;
}

__attribute__((noreturn)) static void leave(int status)
{
    for (;;)
        syscall4(NR_EXIT, status, 0, 0, 0);
}

static void put(const char *text)
{
    while (*text && used < sizeof(line) - 1)
        line[used++] = *text++;
}

/* Decimal, with zeros in front if it has fewer than `width` digits. */
static void put_number(unsigned long value, unsigned width)
{
    char digits[12];
    unsigned n = sizeof(digits) - 1;

    digits[n] = 0;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value || sizeof(digits) - 1 - n < width);
    put(digits + n);
}

static void flush_line(void)
{
    line[used++] = '\n';
    syscall4(NR_WRITE, 1, (long)line, (long)used, 0);
    used = 0;
}

__attribute__((noreturn)) static void fail(const char *what)
{
    put("LAPWING-GUEST: FAIL clock ");
    put(what);
    flush_line();
    leave(1);
}

/* The machine writes down when this was. The newline ends it: read the clocks right after. */
static void mark(const char *end)
{
    const char *const parts[] = {"lapwing-mark ", word, end, "\n"};

    for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (const char *text = parts[i]; *text; text++)
            outb(BIOS_MESSAGE_PORT, (unsigned)*text);
    }
}

static struct timespec now(int clock)
{
    struct timespec t;

    if (syscall4(NR_CLOCK_GETTIME, clock, (long)&t, 0, 0))
        fail("clock_gettime does not work");
    return t;
}

static struct timespec later(struct timespec t, long ns)
{
    t.ns += ns;
    while (t.ns >= NS_PER_S) {
        t.ns -= NS_PER_S;
        t.s++;
    }
    return t;
}

static struct timespec difference(struct timespec end, struct timespec begin)
{
    struct timespec d = {end.s - begin.s, end.ns - begin.ns};

    if (d.ns < 0) {
        d.ns += NS_PER_S;
        d.s--;
    }
    return d;
}

static int is_later(struct timespec a, struct timespec b)
{
    return a.s > b.s || (a.s == b.s && a.ns > b.ns);
}

static int pin(unsigned cpu)
{
    unsigned mask[MAX_CPUS / 32] = {0};

    mask[cpu / 32] = 1u << (cpu % 32);
    return syscall4(NR_SCHED_SETAFFINITY, 0, sizeof(mask), (long)mask, 0) >= 0;
}

static void sleep_until(struct timespec when)
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
        const int new = rtc_seconds();

        if (new != NO_RTC && old != NO_RTC &&new != old)
            return new;
        if (new != NO_RTC)
            old = new;
        t = later(now(CLOCK_MONOTONIC), NS_PER_MS);
        sleep_until(t);
    }
    return NO_RTC;
}

/* Local timer interrupts of each CPU online, in the order of `cpus`. */
static void read_loc(unsigned long *counts)
{
    const long fd = syscall4(NR_OPEN, (long)"/proc/interrupts", 0, 0, 0);
    long size = 0, got;
    const char *at = interrupts;

    do {
        got =
            syscall4(NR_READ, fd, (long)interrupts + size, (long)sizeof(interrupts) - 1 - size, 0);
        size += got > 0 ? got : 0;
    } while (got > 0);
    syscall4(NR_CLOSE, fd, 0, 0, 0);
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

static void take(struct sample *s, const char *end)
{
    s->rtc = wait_rtc();
    mark(end);
    s->monotonic = now(CLOCK_MONOTONIC);
    s->realtime = now(CLOCK_REALTIME);
    s->jiffies = (unsigned long)syscall4(NR_TIMES, 0, 0, 0, 0);
    read_loc(s->loc);
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
    put_number((unsigned long)t.s, 0);
    put_number((unsigned long)t.ns, 9);
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
    syscall4(NR_CLOCK_GETRES, CLOCK_MONOTONIC_COARSE, (long)&tick, 0, 0);
    for (unsigned i = 0; i < cpu_count; i++) {
        begin_line("loc");
        put(" cpu=");
        put_number(cpus[i], 0);
        put(" count=");
        put_number(after.loc[i] - before.loc[i], 0);
        put(" hz=");
        put_number((unsigned long)(NS_PER_S / tick.ns), 0);
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
    take(&before, "-begin");
    alarms(seconds);
    take(&after, "-end");
}

/* A child that keeps one CPU busy. */
static long hog(unsigned cpu)
{
    const long child = syscall4(NR_FORK, 0, 0, 0, 0);

    if (child < 0)
        fail("fork does not work");
    if (child > 0)
        return child;
    pin(cpu);
    for (;;)
        __asm__ volatile("");
}

__attribute__((noreturn, used)) void clock_main(const long *stack);

/* `stack` is as the kernel leaves it: argc, then the pointers argv[0], argv[1] ... */
void clock_main(const long *stack)
{
    int priority = 1;
    unsigned seconds = 0;
    long hogs[MAX_CPUS];

    for (const char *at = stack[0] == 2 ? (const char *)stack[2] : ""; *at >= '0' && *at <= '9';
         at++)
        seconds = seconds * 10 + (unsigned)(*at - '0');
    if (seconds < 1 || seconds > 1000)
        fail("SECONDS is a number from 1 to 1000");
    if (syscall4(NR_IOPL, 3, 0, 0, 0))
        fail("no access to ports");
    /* The busy ones must not come between a mark and the clocks. */
    if (syscall4(NR_SCHED_SETSCHEDULER, 0, SCHED_FIFO | SCHED_RESET_ON_FORK, (long)&priority, 0))
        fail("no real-time priority");
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (pin(cpu))
            cpus[cpu_count++] = cpu;
    }
    phase("idle", seconds);
    report("idle");
    for (unsigned i = 0; i < cpu_count; i++)
        hogs[i] = hog(cpus[i]);
    phase("busy", seconds);
    for (unsigned i = 0; i < cpu_count; i++) {
        syscall4(NR_KILL, hogs[i], SIGKILL, 0, 0);
        syscall4(NR_WAITPID, hogs[i], 0, 0, 0);
    }
    report("busy");
    leave(0);
}

__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovl %esp, %eax\n\tsubl $8, %esp\n"
        "\tpushl %eax\n\tcall clock_main\n");
