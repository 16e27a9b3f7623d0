/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PID-pointer table: for each APIC ID, where the processor finds the posted-interrupt descriptor
 * of that CPU. The processor posts an IPI to a listed CPU without an exit. For any other CPU the
 * write of the ICR exits, and software decides. Each entry has one writer, the CPU with that APIC
 * ID; the processors of all CPUs read it.
 *
 * Source: Intel SDM Vol. 3C, "IPI Virtualization".
 */
#ifndef APIC_APICV_PID_TABLE_H
#define APIC_APICV_PID_TABLE_H

#include <stdatomic.h>

#include <lapwing/types.h>

#define PID_TABLE_IDS 1024 /* higher APIC IDs are never listed */

struct pid_table {
    _Alignas(8) _Atomic uint64_t pointers[PID_TABLE_IDS];
};

/*
 * Lists or unlists the CPU with APIC ID `id`. `pid` is the descriptor's address, aligned to 64
 * bytes. An ID beyond the table is left out.
 */
void pid_table_list(struct pid_table *t, uint32_t id, hpa_t pid);
void pid_table_unlist(struct pid_table *t, uint32_t id);

/*
 * Returns the last PID-pointer index for a CPU whose guest is in that mode. `highest` is the
 * highest APIC ID of all CPUs. The result excludes an ID that could be taken for the broadcast.
 */
uint16_t pid_table_last(uint32_t highest, bool x2apic);

#endif
