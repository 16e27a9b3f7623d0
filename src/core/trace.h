/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit trace: a ring a CPU of the last exits, cheap enough to be always on. Read by panic() and
 * by tools/gdb (docs/debugging.md).
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/vm_exit.h"
#include "config.h"

struct trace_record {
    uint64_t tsc;
    uint64_t rip;
    uint64_t info; /* fault: guest-physical address; MSR: index; exception: vector; SIPI: vector */
    uint32_t kind; /* enum vm_exit_kind */
    uint32_t reason;
};

struct trace {
    uint64_t next;
    struct trace_record ring[CONFIG_TRACE_RECORDS];
};

void trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip);

/* Prints the newest `count` records, oldest first, through log_raw(). */
void trace_print(const struct trace *t, unsigned count);

const char *vm_exit_name(enum vm_exit_kind kind);

#endif
