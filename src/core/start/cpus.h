/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPUs that the firmware lists. Boot CPU only, before any other CPU runs. */
#ifndef CORE_START_CPUS_H
#define CORE_START_CPUS_H

#include "core/start/acpi.h"
#include "core/start/bootinfo.h"

#define CPUS_MAX 512

struct cpus {
    unsigned count;
    uint32_t apic_ids[CPUS_MAX]; /* the boot CPU's comes first */
};

/*
 * Finds the enabled CPUs in the MADT, and leaves *acpi open. Sets machine.wide_apic_ids. Ends the boot,
 * with a reason, if the CPUs cannot be found, if the boot CPU's LAPIC is not at FEE00000H, or if a
 * firmware whose x2APIC mode the strategy hides wants to go on as the guest.
 */
void cpus_find(const struct boot_info *boot, const struct phys_reader *phys, struct acpi *acpi,
               struct cpus *out);

#endif
