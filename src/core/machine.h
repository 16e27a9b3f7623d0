/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine as Lapwing took it over: its CPUs, its memory, Lapwing's own place in it. Filled in
 * during boot by the boot CPU, read-only from the moment the guest starts.
 */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include "core/memory/memmap.h"
#include "core/memory/pt.h"
#include "core/vcpu.h"

struct machine {
    struct vcpu **cpus;
    cpu_id_t cpu_count;
    struct memmap map;        /* what the guest may know of memory */
    hpa_t own_base, own_size; /* Lapwing: image, tables, stacks, everything */
    struct pt host_pt;
    struct pt slat; /* the second-level tables that all CPUs' own ones share */
    gpa_t slat_top; /* where they end: above it each CPU has a window of its own */
    struct pt_pool pool;
    unsigned phys_bits; /* MAXPHYADDR */
};

extern struct machine machine;

/* The CPU that this code runs on: from its stack, so that it works in any host context. */
static inline struct vcpu *this_cpu(void)
{
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    uintptr_t top = (sp & ~(CPU_STACK_SIZE - 1)) + CPU_STACK_SIZE;

    return *(struct vcpu **)(top - sizeof(void *));
}

#endif
