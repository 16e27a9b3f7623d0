/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packages \_S3, \_S4 and \_S5 in AML: which SLP_TYP puts the machine into which sleep state.
 * Pure. AML is not interpreted: a name with a package behind it is looked for. (ACPI Specification
 * 6.5, "\_Sx (System States)", "ACPI Machine Language (AML) Specification")
 */
#ifndef CORE_START_SLEEP_TYPES_H
#define CORE_START_SLEEP_TYPES_H

#include <lapwing/types.h>

struct sleep_types {
    unsigned off; /* bit n: SLP_TYP n is that of S4 or S5, which lose memory or switch off */
};

/* Adds what a table of AML says. */
void sleep_types_read(const uint8_t *table, uint32_t size, struct sleep_types *types);

/* Renames every \_S3 of a table, so that nobody finds it, and corrects the table's checksum. */
void sleep_types_hide_s3(uint8_t *table, uint32_t size);

#endif
