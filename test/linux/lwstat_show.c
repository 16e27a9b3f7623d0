/* SPDX-License-Identifier: GPL-2.0-only */
/* Prints what lwstat has read: a line a CPU, as a table or as JSON objects. */

#include "lwstat.h"

#define WIDTH 11 /* of a column of the table */

/* The one value that is a maximum and no count, since Lapwing took the CPU. */
static int is_maximum(unsigned n)
{
    return counter_names[n][0] == 'l' && counter_names[n][1] == 'o';
}

static unsigned long long delta(const struct sample *s, const struct sample *old, unsigned cpu,
                                unsigned n)
{
    return s->count[cpu][n] - (is_maximum(n) ? 0 : old->count[cpu][n]);
}

/* What the line for all CPUs has, when `next` joins those before it. */
static unsigned long long total(unsigned n, unsigned long long sum, unsigned long long next)
{
    if (is_maximum(n))
        return next > sum ? next : sum;
    return sum + next;
}

static void put_count(unsigned long long n)
{
    put_number((unsigned)n, (unsigned)(n >> 32), 0);
}

/* Fills up with spaces, so that what has been put since `from` ends a column. */
static void right_align(unsigned from)
{
    const unsigned used = line_used - from;

    for (unsigned i = used; i < WIDTH; i++)
        put_char(' ');
    for (unsigned i = 0; used < WIDTH && i < used; i++) {
        line[from + WIDTH - 1 - i] = line[from + used - 1 - i];
        line[from + used - 1 - i] = ' ';
    }
}

static void put_right(const char *text)
{
    const unsigned from = line_used;

    put(text);
    right_align(from);
}

static void put_count_right(unsigned long long n)
{
    const unsigned from = line_used;

    put_count(n);
    right_align(from);
}

/* Whether a counter has counted on any CPU: others are no column. */
static int is_shown(const struct sample *s, const struct sample *old, unsigned n)
{
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (s->state[cpu] == CPU_COUNTED && delta(s, old, cpu, n))
            return 1;
    }
    return 0;
}

static void show_head(const unsigned char *shown, unsigned long long ms, int fd)
{
    if (counter_count) {
        put("strategy ");
        put(strategy);
        put(method[0] ? ", method " : "");
        put(method);
        put(", vendor ");
        put(vendor);
        put(", ");
    }
    put_count(ms);
    put(" ms");
    flush_line_to(fd);
    put("    ");
    for (unsigned n = 0; n < counter_count; n++) {
        if (shown[n])
            put_right(counter_names[n]);
    }
    flush_line_to(fd);
}

/* The number of a CPU, or "all", as the first column. */
static void put_name(unsigned cpu)
{
    const unsigned from = line_used;

    if (cpu < MAX_CPUS)
        put_number(cpu, 0, 0);
    else
        put("all");
    while (line_used < from + 4)
        put_char(' ');
}

static void show_table(const struct sample *s, const struct sample *old, int fd)
{
    unsigned char shown[MAX_COUNTERS];
    unsigned long long sum[MAX_COUNTERS];

    for (unsigned n = 0; n < counter_count; n++) {
        shown[n] = (unsigned char)is_shown(s, old, n);
        sum[n] = 0;
    }
    show_head(shown, s->ms - old->ms, fd);
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (s->state[cpu] == CPU_OFFLINE)
            continue;
        put_name(cpu);
        if (s->state[cpu] == CPU_ESCAPED)
            put("  runs without Lapwing");
        for (unsigned n = 0; s->state[cpu] == CPU_COUNTED && n < counter_count; n++) {
            sum[n] = total(n, sum[n], delta(s, old, cpu, n));
            if (shown[n])
                put_count_right(delta(s, old, cpu, n));
        }
        flush_line_to(fd);
    }
    put_name(MAX_CPUS);
    for (unsigned n = 0; n < counter_count; n++) {
        if (shown[n])
            put_count_right(sum[n]);
    }
    flush_line_to(fd);
}

static void put_key(const char *name)
{
    put(", \"");
    put(name);
    put("\": ");
}

static void show_json(const struct sample *s, const struct sample *old, int fd)
{
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (s->state[cpu] == CPU_OFFLINE)
            continue;
        put("{\"cpu\": ");
        put_number(cpu, 0, 0);
        put_key("ms");
        put_count(s->ms - old->ms);
        put_key("lapwing");
        put(s->state[cpu] == CPU_COUNTED ? "true" : "false");
        for (unsigned n = 0; s->state[cpu] == CPU_COUNTED && n < counter_count; n++) {
            put_key(counter_names[n]);
            put_count(delta(s, old, cpu, n));
        }
        put("}");
        flush_line_to(fd);
    }
}

void sample_show(const struct sample *s, const struct sample *old, int json, int fd)
{
    if (json)
        show_json(s, old, fd);
    else
        show_table(s, old, fd);
}
