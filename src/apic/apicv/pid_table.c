/* SPDX-License-Identifier: GPL-2.0-only */
/* PID-pointer tables; see pid_table.h. Entries are atomic; no lock. */
#include "apic/apicv/pid_table.h"

#include "apic/icr.h"

#define POINTER_VALID BIT(0)

void pid_table_list(struct pid_table *t, uint32_t id, hpa_t pid)
{
    if (id < PID_TABLE_IDS)
        atomic_store(&t->pointers[id], pid | POINTER_VALID);
}

void pid_table_unlist(struct pid_table *t, uint32_t id)
{
    if (id < PID_TABLE_IDS)
        atomic_store(&t->pointers[id], 0);
}

uint16_t pid_table_last(uint32_t highest, bool x2apic)
{
    const uint32_t limit = x2apic ? PID_TABLE_IDS - 1 : ICR_XAPIC_BROADCAST - 1;

    return (uint16_t)(highest < limit ? highest : limit);
}
