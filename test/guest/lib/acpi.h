/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ACPI tables say: whose machine it is, and which CPUs it has. */
#ifndef GUEST_LIB_ACPI_H
#define GUEST_LIB_ACPI_H

#include <lapwing/types.h>

/* Keeps the loader's copy of the RSDP, if it has one: UEFI has none in the BIOS area. */
void acpi_save_rsdp(uint32_t magic, const uint32_t *multiboot_info);

/*
 * Which emulator is it? Both write the same name into the tables; QEMU has a configuration device.
 */
bool acpi_says_bochs(void);
bool acpi_says_qemu(void);

/*
 * Stores the APIC IDs of the MADT's enabled CPUs (entry types 0 and 9), each once and at most
 * `max`. Returns how many there are; 0: no MADT.
 */
unsigned acpi_list_cpus(uint32_t *ids, unsigned max);

/* Returns the table with that signature (four characters), or NULL. */
const uint8_t *acpi_find(const char *signature);

#endif
