/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit counters and figures, one set for each CPU, which only this CPU writes and reads. A guest
 * reads its CPU's set through Lapwing's CPUID leaves (docs/cpuid.md); payloads prove with it what a
 * strategy costs. struct vcpu counts exits by their kind; a counter is the sum of some kinds.
 */
#ifndef CORE_COUNTERS_H
#define CORE_COUNTERS_H

#include <stdint.h>

struct vcpu;

/* COUNTER(symbol, name of at most 8 characters) */
#define COUNTER_LIST(COUNTER)                                                                      \
    COUNTER(CPUID, "cpuid")                                                                        \
    COUNTER(MSR, "msr")                                                                            \
    COUNTER(PAGE_FAULT, "pgfault")                                                                 \
    COUNTER(STEP, "step")                                                                          \
    COUNTER(EXCP, "excp")                                                                          \
    COUNTER(NMI, "nmi")                                                                            \
    COUNTER(KICK, "kick")                                                                          \
    COUNTER(INIT, "init")                                                                          \
    COUNTER(SIPI, "sipi")                                                                          \
    COUNTER(IRQ, "irq")                                                                            \
    COUNTER(APIC, "apic")                                                                          \
    COUNTER(IO, "io")                                                                              \
    COUNTER(IRET, "iret")                                                                          \
    COUNTER(CR, "cr")                                                                              \
    COUNTER(INSN, "insn")                                                                          \
    COUNTER(TRIPLE, "triple")                                                                      \
    COUNTER(OTHER, "other")

enum counter {
#define COUNTER_ENUM(sym, name) COUNTER_##sym,
    COUNTER_LIST(COUNTER_ENUM)
#undef COUNTER_ENUM
        COUNTER_COUNT
};

/* FIGURE(symbol, name of at most 8 characters). The IPIs are in the order of enum icr_mode. */
#define FIGURE_LIST(FIGURE)                                                                        \
    FIGURE(IPI_FIXED, "ipi-fix")                                                                   \
    FIGURE(IPI_LOWEST, "ipi-low")                                                                  \
    FIGURE(IPI_SMI, "ipi-smi")                                                                     \
    FIGURE(IPI_RESERVED, "ipi-res")                                                                \
    FIGURE(IPI_NMI, "ipi-nmi")                                                                     \
    FIGURE(IPI_INIT, "ipi-init")                                                                   \
    FIGURE(IPI_SIPI, "ipi-sipi")                                                                   \
    FIGURE(IPI_EXTINT, "ipi-ext")                                                                  \
    FIGURE(APIC_MODE, "apicmode")                                                                  \
    FIGURE(CYCLES, "cycles")                                                                       \
    FIGURE(LONGEST, "longest")

enum figure {
#define FIGURE_ENUM(sym, name) FIGURE_##sym,
    FIGURE_LIST(FIGURE_ENUM)
#undef FIGURE_ENUM
        FIGURE_COUNT
};

/* Returns what counter `n` stands at, and the longest exit that it counts. 0 past the last one. */
uint64_t counter_value(const struct vcpu *v, unsigned n);
uint64_t counter_longest(const struct vcpu *v, unsigned n);

/* Returns figure `n`, or 0 past the last one. */
uint64_t figure_value(const struct vcpu *v, unsigned n);

/* Returns the name of counter `n`, or "" past the last one. */
const char *counter_name(unsigned n);

/* Returns the name of figure `n`, or "" past the last one. */
const char *figure_name(unsigned n);

#endif
