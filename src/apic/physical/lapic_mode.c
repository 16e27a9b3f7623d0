/* SPDX-License-Identifier: GPL-2.0-only */
/* Mode switches of the physical LAPIC; see lapic_mode.h. State: v->physical, its own CPU only. */
#include "apic/physical/lapic_mode.h"

#include "apic/apic_regs.h"
#include "apic/physical/lapic.h"
#include "core/machine.h"
#include "core/msr.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define KICK_SPINS 10000 /* far longer than an IPI takes */

bool lapic_ids_are_wide(void)
{
    return machine.wide_apic_ids;
}

bool lapic_is_locked_x2apic(void)
{
    uint64_t capabilities, status;

    return (cpuid(7, 0).edx & APIC_LEAF7_EDX_ARCH_CAP) &&
           rdmsr_safe(MSR_ARCH_CAPABILITIES, &capabilities) == 0 &&
           (capabilities & APIC_ARCH_CAP_XAPIC_DISABLE) &&
           rdmsr_safe(APIC_MSR_XAPIC_DISABLE_STATUS, &status) == 0 &&
           (status & APIC_XAPIC_DISABLED);
}

void lapic_enter_x2apic(struct vcpu *v)
{
    if (v->physical.x2apic)
        return;
    wrmsr(APIC_MSR_BASE, rdmsr(APIC_MSR_BASE) | APIC_BASE_EXTD | APIC_BASE_EN);
    v->physical.x2apic = true;
}

/*
 * The flag of a lost kick would hold back all later kicks, so it is cleared. A kick that is still
 * to arrive is waited for: without its flag it would be taken for the guest's NMI.
 */
static void settle_kick(struct vcpu *v)
{
    unsigned spins = KICK_SPINS;

    virt_host_open();
    for (; spins > 0 && atomic_load(&v->kicked); spins--)
        pause();
    virt_host_close();
    if (spins == 0)
        atomic_store(&v->kicked, false);
}

void lapic_leave_x2apic(struct vcpu *v)
{
    uint64_t off;

    if (!v->physical.x2apic)
        return;
    off = rdmsr(APIC_MSR_BASE) & ~(APIC_BASE_EXTD | APIC_BASE_EN);
    wrmsr(APIC_MSR_BASE, off);
    wrmsr(APIC_MSR_BASE, off | APIC_BASE_EN);
    v->physical = (struct lapic){.x2apic = false, .icr_hi = 0};
    settle_kick(v);
}
