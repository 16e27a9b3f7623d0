/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PID-pointer table: by APIC ID, where the processor finds the posted-interrupt descriptor of the
 * CPU that an IPI is for. It posts to whom is listed, with no exit; for everybody else the write of
 * the ICR exits, and software decides. One writer an entry: its CPU.
 *
 * Source: Intel SDM Vol. 3C, "IPI Virtualization".
 */
#ifndef APIC_APICV_PID_TABLE_H
#define APIC_APICV_PID_TABLE_H

#include <stdatomic.h>

#include <lapwing/types.h>

#define PID_TABLE_IDS 1024 /* APIC IDs from here on are never listed */

struct pid_table {
    _Alignas(8) _Atomic uint64_t pointers[PID_TABLE_IDS];
};

/* `pid` is aligned to 64 bytes. An ID that the table has no room for is left out. */
void pid_table_list(struct pid_table *t, uint32_t id, hpa_t pid);
void pid_table_unlist(struct pid_table *t, uint32_t id);

/*
 * The last PID-pointer index of a CPU whose guest is in that mode, `highest` being the highest APIC
 * ID of all: none that could be taken for the broadcast address.
 */
uint16_t pid_table_last(uint32_t highest, bool x2apic);

#endif
