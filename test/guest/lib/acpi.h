/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_ACPI_H
#define GUEST_ACPI_H

#include <lapwing/types.h>

/* Bochs and QEMU write the same name into the tables; QEMU has its configuration device besides. */
bool acpi_says_bochs(void);
bool acpi_says_qemu(void);

/*
 * APIC IDs of the enabled CPUs in the MADT (entry types 0 and 9), each once. Stores the first `max`
 * and returns how many there are; 0 if there is no MADT.
 */
unsigned acpi_list_cpus(uint32_t *ids, unsigned max);

#endif
