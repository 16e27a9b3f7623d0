/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of the last exits; see trace.h. State: v->trace, its own CPU only, and trace_kinds, which
 * boot sets and a debugger may.
 */
#include "core/trace.h"

#include "core/host/log.h"
#include "core/host/x86_insn.h"

/* The bits of x->info that the first member of the kind's struct has. */
static const uint64_t info_bits[EXIT_KIND_COUNT] = {
    [EXIT_PAGE_FAULT] = UINT64_MAX,   [EXIT_MSR_READ] = UINT32_MAX,
    [EXIT_MSR_WRITE] = UINT32_MAX,    [EXIT_EXCEPTION] = UINT8_MAX,
    [EXIT_RAW_EXCEPTION] = UINT8_MAX, [EXIT_INTERRUPT] = UINT8_MAX,
    [EXIT_APIC_EOI] = UINT8_MAX,      [EXIT_SIPI] = UINT8_MAX,
    [EXIT_APIC_ACCESS] = UINT32_MAX,  [EXIT_APIC_WRITE] = UINT32_MAX,
    [EXIT_IO] = UINT16_MAX,
};
#define CHECK_INFO(member)                                                                         \
    _Static_assert(offsetof(struct vm_exit, member) == offsetof(struct vm_exit, info), #member)
CHECK_INFO(fault.gpa);
CHECK_INFO(msr);
CHECK_INFO(excp.event.vector);
CHECK_INFO(vector);
CHECK_INFO(apic.offset);
CHECK_INFO(io.port);

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
}

struct trace_record *trace_exit(struct trace *t, const struct vm_exit *x)
{
    const enum vm_exit_kind kind = x->kind;
    struct trace_record *r = trace_kinds >> kind & 1 ? next_record(t) : &t->unrecorded;

    r->tsc = rdtsc();
    r->rip = x->rip;
    r->info = x->info & info_bits[kind];
    r->kind = kind;
    r->reason = (uint32_t)x->reason;
    r->cycles = 0;
    return r;
}

/* Field by field: a compiler that saves space clears the whole record first. */
void trace_ipi(struct trace *t, uint64_t icr, uint32_t mode)
{
    struct trace_record *r;

    if (!(trace_kinds & BIT32(TRACE_IPI)))
        return;
    r = next_record(t);
    r->tsc = rdtsc();
    r->rip = 0;
    r->info = icr;
    r->kind = TRACE_IPI;
    r->reason = mode;
    r->cycles = 0;
}

void trace_ipi_cpus(struct trace *t, uint32_t cpus)
{
    if (trace_kinds & BIT32(TRACE_IPI))
        t->ring[(t->next - 1) % CONFIG_TRACE_RECORDS].reason |= cpus;
}

uint64_t trace_exit_done(struct trace_record *r)
{
    return r->cycles = rdtsc() - r->tsc;
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
