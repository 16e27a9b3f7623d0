/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPI virtualization, where the processor has it: a fixed IPI to one CPU by its APIC ID needs no
 * exit. The processor sends the notification in the format of its own physical APIC's mode, which
 * is the guest's mode. So each mode has a table, and a sender finds the CPUs of its own mode.
 * State: the two tables; each CPU writes only its own entries. (Intel SDM Vol. 3C, "IPI
 * Virtualization")
 */
#include "apic/apicv/apicv.h"

#include "apic/apicv/pid_table.h"
#include "core/machine.h"
#include "core/vmx/vmx_apic.h"

static struct pid_table xapic_table, x2apic_table;

static uint32_t highest_id(void)
{
    uint32_t highest = 0;

    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        if (machine.cpus[i]->apic_id > highest)
            highest = machine.cpus[i]->apic_id;
    }
    return highest;
}

static struct pid_table *table_of(const struct vcpu *v)
{
    return v->apic->vl.mode == APIC_MODE_X2APIC ? &x2apic_table : &xapic_table;
}

void apicv_choose_pid_table(struct vcpu *v)
{
    if (!v->apic->virtualizes_ipis)
        return;
    vmx_apic_set_pid_table((hpa_t)table_of(v),
                           pid_table_last(highest_id(), v->apic->vl.mode == APIC_MODE_X2APIC));
}

void apicv_setup_ipi_virtualization(struct vcpu *v)
{
    v->apic->virtualizes_ipis = vmx_apic_offers_ipi_virtualization();
    if (v->apic->virtualizes_ipis)
        vmx_apic_virtualize_ipis();
}

void apicv_unlist(struct vcpu *v)
{
    pid_table_unlist(&xapic_table, v->apic_id);
    pid_table_unlist(&x2apic_table, v->apic_id);
}

void apicv_list(struct vcpu *v)
{
    pid_table_list(table_of(v), v->apic_id, (hpa_t)&v->apic->posted);
}
