/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the CPUs in the firmware's list; see cpus.h. Boot CPU only. */
#include "core/start/cpus.h"

#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "apic/physical/lapic.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"

#define XAPIC_ID_MAX 254 /* 255 is the broadcast */

static void add(struct cpus *out, uint32_t apic_id)
{
    out->apic_ids[out->count++] = apic_id;
    if (apic_id > XAPIC_ID_MAX)
        machine.wide_apic_ids = true;
}

/* The boot CPU becomes number 0, whatever its APIC ID and its place in the MADT are. */
void cpus_find(const struct boot_info *boot, const struct phys_reader *phys, struct acpi *acpi,
               struct cpus *out)
{
    static struct acpi_cpu cpus[CPUS_MAX];
    struct acpi_cpus found;
    const char *why = "";
    uint32_t me = lapic_boot_id();
    uint64_t apic = rdmsr(APIC_MSR_BASE);
    unsigned at;

    if (!(apic & APIC_BASE_EN) || (apic & GENMASK(51, 12)) != APIC_BASE_PA)
        refuse("the firmware left the boot CPU's local APIC off or in another place "
               "(IA32_APIC_BASE %lx): Lapwing needs it at FEE00000",
               apic);
    if (boot->is_app && !apic_shows_x2apic && (apic & APIC_BASE_EXTD))
        refuse("the firmware uses x2APIC mode, which this strategy hides, and it would lose its "
               "timer: choose the strategy x2apic_msr in menuconfig");
    if (acpi_open(acpi, phys, boot->rsdp_copy, boot->rsdp_size, &why) ||
        acpi_find_cpus(acpi, cpus, CPUS_MAX, &found, &why))
        refuse("the CPUs cannot be found: %s", why);
    out->count = 0;
    for (unsigned i = 0; i < found.count; i++) {
        if (cpus[i].enabled)
            add(out, cpus[i].apic_id);
        else
            log_info("APIC ID %u can only be hot-added: left out", cpus[i].apic_id);
    }
    if (found.disabled)
        log_info("%u CPUs are listed as disabled: left out", found.disabled);
    if (found.excess)
        log_warn("%u CPUs more than the %u that are supported: left out", found.excess, CPUS_MAX);
    for (at = 0; at < out->count && out->apic_ids[at] != me; at++)
        ;
    if (at == out->count)
        refuse("the boot CPU (APIC ID %u) is not in the firmware's list of CPUs", me);
    out->apic_ids[at] = out->apic_ids[0];
    out->apic_ids[0] = me;
}
