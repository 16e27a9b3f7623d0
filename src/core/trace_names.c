/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kinds of trace records are called: in a panic, in the option trace=, by ./lapwing trace.
 * Pure.
 */
#include "core/trace.h"

const char *trace_kind_name(uint32_t kind)
{
    static const char *const names[TRACE_KIND_COUNT] = {
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
        [TRACE_IPI] = "ipi",
    };

    return kind < TRACE_KIND_COUNT ? names[kind] : "?";
}
