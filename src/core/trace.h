/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exit trace: a ring of the last exits for each CPU, and of the IPIs that the guest sent in them,
 * cheap enough to be always on. Only its own CPU writes it. panic(), tools/gdb and ./lapwing trace
 * print it (docs/debugging.md); the last one finds it in a dump of memory by `magic`.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/vm_exit.h"
#include "config.h"

/* Kinds of records: each enum vm_exit_kind, and */
enum { TRACE_IPI = EXIT_KIND_COUNT, TRACE_KIND_COUNT };

#define TRACE_MAGIC UINT64_C(0x314543415254574C) /* "LWTRACE1" */
#define TRACE_ALL   UINT32_MAX

/* The bit of an IPI's `reason` that says that `info` is an ICR in x2APIC mode's layout. */
#define TRACE_IPI_X2APIC BIT32(31)

struct trace_record {
    uint64_t tsc;
    uint64_t rip; /* 0 for an IPI that has a record of its own */
    /*
     * Page fault: guest-physical address. MSR: index. Exception, interrupt, EOI, SIPI: vector.
     * Access to the virtual APIC: offset. I/O: port. IPI: the destination, and the ICR's low half.
     * Other instructions: ECX. Other kinds: 0.
     */
    uint64_t info;
    uint32_t kind; /* enum vm_exit_kind, or TRACE_IPI */
    /* The vendor's own number of the exit. IPI: how many CPUs an INIT or SIPI was for. */
    uint32_t reason;
    uint64_t cycles; /* of the TSC, until the exit was handled */
};

struct trace {
    uint64_t magic;
    uint32_t cpu, records;
    uint64_t next;
    struct trace_record ring[CONFIG_TRACE_RECORDS];
    struct trace_record unrecorded; /* the last exit of a kind that is not recorded */
};

/* A bit for each kind that is recorded. */
extern uint32_t trace_kinds;
_Static_assert(TRACE_KIND_COUNT <= 32, "a bit for each kind");

void trace_init(struct trace *t, cpu_id_t cpu);

/* Records one exit, which has just come. Returns its record, for trace_exit_done(). */
struct trace_record *trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip);

/*
 * Records an IPI of the guest: the record of the exit in which it was sent becomes the IPI's. If only
 * some kinds are recorded it gets one of its own. `mode` is TRACE_IPI_X2APIC or 0.
 */
void trace_ipi(struct trace *t, uint64_t icr, uint32_t mode);
/* Adds to the IPI that trace_ipi() has just recorded for how many CPUs it was. */
void trace_ipi_cpus(struct trace *t, uint32_t cpus);

/* Notes and returns how long the exit took, in cycles of the TSC. */
uint64_t trace_exit_done(struct trace_record *r);

/* Prints the newest `count` records, oldest first, through log_raw(). */
void trace_print(const struct trace *t, unsigned count);

/* Returns the name of a kind of record, or "?". */
const char *trace_kind_name(uint32_t kind);

#endif
