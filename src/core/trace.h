/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit trace: a ring of the last exits for each CPU, cheap enough to be always on. Only its own
 * CPU writes it. panic() and tools/gdb print it (docs/debugging.md).
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/vm_exit.h"
#include "config.h"

struct trace_record {
    uint64_t tsc;
    uint64_t rip;
    /*
     * Page fault: guest-physical address. MSR: index. Exception, interrupt, EOI, SIPI: vector.
     * Access to the virtual APIC: offset. I/O: port.
     */
    uint64_t info;
    uint32_t kind; /* enum vm_exit_kind */
    /* The vendor's own number of the exit. */
    uint32_t reason;
};

struct trace {
    uint64_t next;
    struct trace_record ring[CONFIG_TRACE_RECORDS];
};

/* Records one exit, and returns its time stamp. `rip` is the guest's after the exit. */
uint64_t trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip);

/* Prints the newest `count` records, oldest first, through log_raw(). */
void trace_print(const struct trace *t, unsigned count);

/* Returns the name of a kind of exit, or "?". */
const char *vm_exit_name(enum vm_exit_kind kind);

#endif
