/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring of the last exits; see trace.h. State: v->trace, its own CPU only. */
#include "core/trace.h"

#include "core/host/log.h"
#include "core/host/x86_insn.h"

const char *vm_exit_name(enum vm_exit_kind kind)
{
    static const char *const names[EXIT_KIND_COUNT] = {
        [EXIT_NONE] = "none",
        [EXIT_CPUID] = "cpuid",
        [EXIT_MSR_READ] = "rdmsr",
        [EXIT_MSR_WRITE] = "wrmsr",
        [EXIT_PAGE_FAULT] = "pgfault",
        [EXIT_EXCEPTION] = "excp",
        [EXIT_RAW_EXCEPTION] = "excp",
        [EXIT_SOFT_EXCEPTION] = "soft-excp",
        [EXIT_STEP] = "step",
        [EXIT_NMI] = "nmi",
        [EXIT_INTERRUPT] = "irq",
        [EXIT_WINDOW] = "window",
        [EXIT_APIC_ACCESS] = "apic-access",
        [EXIT_APIC_WRITE] = "apic-write",
        [EXIT_APIC_EOI] = "apic-eoi",
        [EXIT_IO] = "io",
        [EXIT_INIT] = "init",
        [EXIT_SIPI] = "sipi",
        [EXIT_UNDEFINED] = "undefined",
        [EXIT_INVD] = "invd",
        [EXIT_IRET] = "iret",
        [EXIT_CR_ACCESS] = "cr",
        [EXIT_XSETBV] = "xsetbv",
        [EXIT_TRIPLE_FAULT] = "triple",
        [EXIT_UNKNOWN] = "unknown",
    };

    return kind < EXIT_KIND_COUNT ? names[kind] : "?";
}

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

uint64_t trace_exit(struct trace *t, const struct vm_exit *x, uint64_t rip)
{
    struct trace_record *r = &t->ring[t->next++ % CONFIG_TRACE_RECORDS];

    r->tsc = rdtsc();
    r->rip = rip;
    r->info = trace_info(x);
    r->kind = x->kind;
    r->reason = (uint32_t)x->reason;
    return r->tsc;
}

void trace_print(const struct trace *t, unsigned count)
{
    uint64_t from = t->next > count ? t->next - count : 0;

    for (uint64_t i = from; i < t->next; i++) {
        const struct trace_record *r = &t->ring[i % CONFIG_TRACE_RECORDS];
        log_raw("panic", "trace %lu: tsc %lu rip %lx %s (%x) info %lx", i, r->tsc, r->rip,
                vm_exit_name((enum vm_exit_kind)r->kind), r->reason, r->info);
    }
}
