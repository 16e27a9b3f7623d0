/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine as Lapwing took it over: its CPUs, its memory, and Lapwing's own place in it. The
 * boot CPU fills it during boot, and nobody changes it once the guest runs. The second-level tables
 * are an exception: core/slat.h says when they change.
 */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include "core/memory/memmap.h"
#include "core/memory/pt.h"
#include "core/vcpu.h"

struct machine {
    struct vcpu **cpus;
    cpu_id_t cpu_count;
    struct memmap map;        /* the memory that the guest may know of */
    hpa_t own_base, own_size; /* Lapwing: image, tables, stacks and all else */
    struct pt host_pt;
    struct pt slat; /* second-level tables; each CPU's own share most of these */
    gpa_t slat_top; /* the end of these tables; above it each CPU has a window of its own */
    struct pt_pool pool;
    unsigned phys_bits; /* MAXPHYADDR in bits */
    bool wide_apic_ids; /* some APIC IDs are too wide for xAPIC mode */
};

extern struct machine machine;

/*
 * Returns the vCPU of the CPU that runs this code. It is found from the stack, in any host context.
 */
static inline struct vcpu *this_cpu(void)
{
    uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
    uintptr_t top = (sp & ~(CPU_STACK_SIZE - 1)) + CPU_STACK_SIZE;

    return *(struct vcpu **)(top - sizeof(void *));
}

#endif
