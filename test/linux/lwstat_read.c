/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the counters of all CPUs for lwstat. */

#include "lwstat.h"

#define NR_CLOCK_GETTIME 265
#define CLOCK_MONOTONIC  1

char counter_names[MAX_COUNTERS][9];
unsigned counter_count;
char strategy[13], method[13];
const char *vendor = "none";

/* CPUIDs that lwstat has executed on each CPU. */
static unsigned made[MAX_CPUS];

/* Characters of `words` registers in a row, up to the first NUL. */
static void copy_chars(char *text, const unsigned *regs, unsigned words)
{
    for (unsigned i = 0; i < words * 4; i++)
        text[i] = (char)(regs[i / 4] >> (i % 4 * 8));
    text[words * 4] = 0;
}

static void read_names(unsigned base)
{
    struct regs r = cpuid(base + LEAF_STRATEGY, 0);

    copy_chars(strategy, r.bcd, 3);
    r = cpuid(base + LEAF_METHOD, 0);
    copy_chars(method, r.bcd, 3);
    vendor = r.eax == 1 ? "svm" : r.eax == 2 ? "vmx" : "unknown";
}

static int is_cpuid(const char *name)
{
    return name[0] == 'c' && name[1] == 'p' && name[2] == 'u';
}

/* Reads the values of a leaf, the first of which is number `n`; returns the number after the last. */
static unsigned read_leaf(struct sample *s, unsigned cpu, unsigned leaf, unsigned n)
{
    for (unsigned i = 0; n < MAX_COUNTERS; i++, n++) {
        const unsigned before = cpuids;
        const struct regs r = cpuid(leaf, i);

        made[cpu] += cpuids - before;
        if (!r.bcd[1] && !r.bcd[2])
            break;
        copy_chars(counter_names[n], &r.bcd[1], 2);
        s->count[cpu][n] = (unsigned long long)r.bcd[0] << 32 | r.eax;
        if (is_cpuid(counter_names[n])) /* lwstat's own are not the guest's */
            s->count[cpu][n] -= made[cpu];
    }
    return n;
}

/* Reads all of the CPU that this runs on. */
static void read_cpu(struct sample *s, unsigned cpu)
{
    const unsigned before = cpuids, base = find_base();

    s->state[cpu] = base ? CPU_COUNTED : CPU_ESCAPED;
    s->escaped |= !base;
    if (!base)
        return;
    if (!counter_count)
        read_names(base);
    made[cpu] += cpuids - before;
    counter_count = read_leaf(s, cpu, base + LEAF_EXITS, 0);
    counter_count = read_leaf(s, cpu, base + LEAF_FIGURES, counter_count);
}

void sample_read(struct sample *s, const struct sample *old)
{
    unsigned time[2] = {0, 0}; /* seconds, ns */

    s->escaped = 0;
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        s->state[cpu] = CPU_OFFLINE;
        for (unsigned n = 0; n < counter_count; n++)
            s->count[cpu][n] = old->count[cpu][n];
        if (enter_cpu(cpu))
            read_cpu(s, cpu);
    }
    syscall3(NR_CLOCK_GETTIME, CLOCK_MONOTONIC, (long)time, 0);
    s->ms = time[0] * 1000ull + time[1] / 1000000;
}
