/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of the last exits; see trace.h. State: v->trace, its own CPU only, and trace_kinds, which
 * boot sets and a debugger may.
 */
#include "core/trace.h"

#include "core/host/log.h"
#include "core/host/x86_insn.h"

uint32_t trace_kinds = TRACE_ALL;

static struct trace_record *next_record(struct trace *t)
{
    const uint64_t n = t->next;

    t->next++;
    return &t->ring[n % CONFIG_TRACE_RECORDS];
}

static inline bool all_are_recorded(void)
{
    return __builtin_expect(trace_kinds == TRACE_ALL, true);
}

/* Which kind it is, is looked for only if not all are. */
static inline bool is_recorded(enum vm_exit_kind kind)
{
    return all_are_recorded() || (*(const volatile uint32_t *)&trace_kinds >> kind & 1);
}

void trace_init(struct trace *t, cpu_id_t cpu)
{
    t->magic = TRACE_MAGIC;
    t->cpu = cpu;
    t->records = CONFIG_TRACE_RECORDS;
}

struct trace_record *trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip)
{
    const enum vm_exit_kind kind = x->kind;
    struct trace_record *r = is_recorded(kind) ? next_record(t) : &t->unrecorded;

    r->tsc = rdtsc();
    r->rip = rip;
    r->info = x->info;
    r->kind = kind;
    r->reason = x->reason;
    r->cycles = 0;
    return r;
}

/* Not all kinds are recorded, so that there may be no record of the exit. */
static __attribute__((cold, noinline)) struct trace_record *new_ipi_record(struct trace *t)
{
    struct trace_record *r = &t->unrecorded;

    if (trace_kinds & BIT32(TRACE_IPI)) {
        r = next_record(t);
        r->tsc = rdtsc();
        r->rip = r->cycles = 0;
    }
    return r;
}

void trace_ipi(struct trace *t, uint64_t icr, uint32_t mode)
{
    struct trace_record *r =
        all_are_recorded() ? &t->ring[(t->next - 1) % CONFIG_TRACE_RECORDS] : new_ipi_record(t);

    r->info = icr;
    r->kind = TRACE_IPI;
    r->reason = mode;
}

void trace_ipi_cpus(struct trace *t, uint32_t cpus)
{
    if (trace_kinds & BIT32(TRACE_IPI))
        t->ring[(t->next - 1) % CONFIG_TRACE_RECORDS].reason |= cpus;
}

uint64_t trace_exit_done(struct trace_record *r)
{
    const uint64_t cycles = rdtsc() - r->tsc;

    r->cycles = cycles;
    return cycles;
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
