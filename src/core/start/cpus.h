/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs that the firmware lists, before any but the boot CPU runs. */
#ifndef CORE_START_CPUS_H
#define CORE_START_CPUS_H

#include "core/start/acpi.h"
#include "core/start/bootinfo.h"

#define CPUS_MAX 512

struct cpus {
    unsigned count;
    uint32_t apic_ids[CPUS_MAX]; /* the boot CPU's first */
};

/*
 * Finds the enabled CPUs in the MADT and leaves *acpi open. Refuses, with the reason, a machine whose
 * CPUs cannot be found or whose boot CPU's LAPIC is not at FEE00000H.
 */
void cpus_find(const struct boot_info *boot, const struct phys_reader *phys, struct acpi *acpi,
               struct cpus *out);

#endif
