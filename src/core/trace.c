/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of the last exits; see trace.h. State: v->trace, its own CPU only, and trace_kinds, which
 * boot sets and a debugger may.
 */
#include "core/trace.h"

#include "core/host/log.h"
#include "core/host/x86_insn.h"

static uint64_t trace_info(const struct vm_exit *x)
{
    switch (x->kind) {
    case EXIT_PAGE_FAULT:
        return x->fault.gpa;
    case EXIT_MSR_READ:
    case EXIT_MSR_WRITE:
        return x->msr;
    case EXIT_EXCEPTION:
    case EXIT_RAW_EXCEPTION:
        return x->excp.event.vector;
    case EXIT_INTERRUPT:
    case EXIT_APIC_EOI:
    case EXIT_SIPI:
        return x->vector;
    case EXIT_APIC_ACCESS:
    case EXIT_APIC_WRITE:
        return x->apic.offset;
    case EXIT_IO:
        return x->io.port;
    default:
        return 0;
    }
}

uint32_t trace_kinds = TRACE_ALL;

static struct trace_record *next_record(struct trace *t)
{
    return &t->ring[t->next++ % CONFIG_TRACE_RECORDS];
}

void trace_init(struct trace *t, cpu_id_t cpu)
{
    t->magic = TRACE_MAGIC;
    t->cpu = cpu;
    t->records = CONFIG_TRACE_RECORDS;
    t->last_exit = TRACE_NO_EXIT;
}

uint64_t trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip)
{
    const uint64_t now = rdtsc();
    struct trace_record *r;

    t->last_exit = TRACE_NO_EXIT;
    if (!(trace_kinds & BIT32(x->kind)))
        return now;
    t->last_exit = t->next;
    r = next_record(t); /* which trace_exit_done() completes */
    r->tsc = now;
    r->rip = rip;
    r->info = trace_info(x);
    r->kind = x->kind;
    r->reason = (uint32_t)x->reason;
    r->cycles = 0;
    return now;
}

void trace_ipi(struct trace *t, uint64_t icr, uint32_t cpus)
{
    if (trace_kinds & BIT32(TRACE_IPI))
        *next_record(t) =
            (struct trace_record){.tsc = rdtsc(), .info = icr, .kind = TRACE_IPI, .reason = cpus};
}

void trace_exit_done(struct trace *t, uint64_t cycles)
{
    if (t->last_exit != TRACE_NO_EXIT)
        t->ring[t->last_exit % CONFIG_TRACE_RECORDS].cycles = cycles;
}

void trace_print(const struct trace *t, unsigned count)
{
    uint64_t from = t->next > count ? t->next - count : 0;

    for (uint64_t i = from; i < t->next; i++) {
        const struct trace_record *r = &t->ring[i % CONFIG_TRACE_RECORDS];
        log_raw("panic", "trace %lu: tsc %lu rip %lx %s (%x) info %lx", i, r->tsc, r->rip,
                trace_kind_name(r->kind), r->reason, r->info);
    }
}
