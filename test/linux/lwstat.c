/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lwstat: what Lapwing has counted on each CPU, as a table or as JSON, one line a CPU.
 *
 *   lwstat [-j]                     since Lapwing took the CPU
 *   lwstat [-j] -i SECONDS [-n N]   in each interval from now on, N times
 *   lwstat [-j] [--] COMMAND ...    while the command ran; its status is lwstat's, and what lwstat
 *                                   prints goes to standard error
 *
 * It goes to each CPU and reads Lapwing's CPUID leaf there. Each CPUID is an exit, and the ones that
 * lwstat itself has executed are left out of what it shows; the IPIs that move it are not. The status
 * is 3 if a CPU has no leaf, which means that it runs without Lapwing. What is read and how the text
 * looks is in lwstat_read.c and lwstat_show.c.
 */

#include "lwstat.h"

#define NR_EXECVE            11
#define NR_NANOSLEEP         162
#define NR_SCHED_GETAFFINITY 242

#define STATUS_USAGE   2
#define STATUS_NO_LEAF 3
#define STATUS_NOT_RUN 127
#define STATUS_SIGNAL  128
#define MAX_PATH       256

static struct options {
    int json;
    unsigned interval, times;
    const char **command; /* argv, or NULL */
} options = {.times = ~0u};

/* Two sets of counts: the older one, and the one that was just read. */
static struct sample samples[2];
static unsigned affinity[MAX_CPUS / 32];
static long affinity_size;

__attribute__((noreturn)) static void usage(void)
{
    put("usage: lwstat [-j] [-i SECONDS [-n TIMES] | [--] COMMAND ...]");
    flush_line_to(2);
    leave(STATUS_USAGE);
}

static int same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static unsigned number_or_usage(const char *text)
{
    const unsigned n = text ? number(text) : 0;

    if (!n)
        usage();
    return n;
}

static void parse(const char **word)
{
    for (; *word && **word == '-'; word++) {
        if (same(*word, "-j") || same(*word, "--json")) {
            options.json = 1;
        } else if (same(*word, "-i")) {
            options.interval = number_or_usage(*++word);
        } else if (same(*word, "-n")) {
            options.times = number_or_usage(*++word);
        } else if (same(*word, "--")) {
            word++;
            break;
        } else {
            usage();
        }
    }
    options.command = *word ? word : 0;
    if (options.command && options.interval)
        usage();
}

/* Runs anywhere again, as before lwstat went from CPU to CPU. */
static void unpin(void)
{
    if (affinity_size > 0)
        syscall3(NR_SCHED_SETAFFINITY, 0, affinity_size, (long)affinity);
}

static void read_all(unsigned which)
{
    sample_read(&samples[which], &samples[!which]);
    unpin();
}

static void show(unsigned which)
{
    sample_show(&samples[which], &samples[!which], options.json, options.command ? 2 : 1);
}

/* Tries `command` in one folder of the path, "" for none; comes back if it is not there. */
static void try_in(const char *folder, const char *end, const char **envp)
{
    char path[MAX_PATH];
    unsigned n = 0;

    for (; folder < end && n < sizeof(path) - 2; folder++)
        path[n++] = *folder;
    if (n)
        path[n++] = '/';
    for (const char *c = options.command[0]; *c && n < sizeof(path) - 1; c++)
        path[n++] = *c;
    path[n] = 0;
    syscall3(NR_EXECVE, (long)path, (long)options.command, (long)envp);
}

static const char *path_of(const char **envp)
{
    for (; *envp; envp++) {
        const char *e = *envp;

        if (e[0] == 'P' && e[1] == 'A' && e[2] == 'T' && e[3] == 'H' && e[4] == '=')
            return e + 5;
    }
    return "/usr/sbin:/usr/bin:/sbin:/bin";
}

__attribute__((noreturn)) static void execute(const char **envp)
{
    const char *folder = path_of(envp), *c;

    for (c = options.command[0]; *c && *c != '/'; c++)
        ;
    if (*c)
        try_in("", "", envp);
    while (!*c && *folder) {
        const char *end = folder;

        while (*end && *end != ':')
            end++;
        try_in(folder, end, envp);
        folder = *end ? end + 1 : end;
    }
    put("lwstat: cannot run ");
    put(options.command[0]);
    flush_line_to(2);
    leave(STATUS_NOT_RUN);
}

/* Runs the command to its end; returns its status as a shell has it. */
static int run(const char **envp)
{
    unsigned status = 0;
    const long child = syscall3(NR_FORK, 0, 0, 0);

    if (!child)
        execute(envp);
    if (child < 0 || syscall3(NR_WAITPID, child, (long)&status, 0) != child)
        return STATUS_NOT_RUN;
    return (int)(status & 0x7f ? STATUS_SIGNAL + (status & 0x7f) : status >> 8 & 0xff);
}

/* Shows interval after interval. A CPU that has come online meanwhile is shown from its start. */
static void repeat(void)
{
    unsigned old = 0;

    for (unsigned n = 0; n < options.times; n++, old = !old) {
        const long pause[2] = {(long)options.interval, 0};

        syscall3(NR_NANOSLEEP, (long)pause, 0, 0);
        read_all(!old);
        show(!old);
    }
}

GUEST_ENTRY(lwstat_main);

void lwstat_main(const long *stack)
{
    int status = 0;

    parse((const char **)stack + 2);
    affinity_size = syscall3(NR_SCHED_GETAFFINITY, 0, sizeof(affinity), (long)affinity);
    if (!options.command && !options.interval) {
        read_all(1);
        show(1);
        leave(samples[1].escaped ? STATUS_NO_LEAF : 0);
    }
    read_all(0);
    if (options.command) {
        status = run((const char **)stack + 2 + stack[0]);
        read_all(1);
        show(1);
    } else {
        repeat();
    }
    leave(status ? status : samples[1].escaped ? STATUS_NO_LEAF : 0);
}
