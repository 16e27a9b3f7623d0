/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of lwstat share: the counts of all CPUs at one time. */
#ifndef LINUX_LWSTAT_H
#define LINUX_LWSTAT_H

#include "guest.h"
#include "leaf.h"

enum cpu_state { CPU_OFFLINE, CPU_ESCAPED, CPU_COUNTED };

struct sample {
    unsigned long long ms; /* since the kernel started */
    int escaped;           /* a CPU without the leaf was met */
    unsigned char state[MAX_CPUS];
    unsigned long long count[MAX_CPUS][MAX_COUNTERS];
};

/* The counters' names, and how many there are. */
extern char counter_names[MAX_COUNTERS][9];
extern unsigned counter_count;

/* What the boot CPU said of Lapwing: "xapic_ept", "db", "svm". */
extern char strategy[13], method[13];
extern const char *vendor;

/* Goes to each CPU and reads its counters. One that is offline keeps the counts of `old`. */
void sample_read(struct sample *s, const struct sample *old);

/* Prints what `s` counted beyond `old` to a file descriptor. */
void sample_show(const struct sample *s, const struct sample *old, int json, int fd);

#endif
