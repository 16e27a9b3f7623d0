/* SPDX-License-Identifier: GPL-2.0-only */
/* Mode switches of the physical LAPIC. */
#include "apic/lapic_mode.h"

#include "apic/apic_regs.h"
#include "core/lapic.h"
#include "core/virt.h"
#include "core/x86_insn.h"

#define KICK_SPINS 10000 /* far longer than an IPI takes */

void lapic_enter_x2apic(void)
{
    if (!lapic_is_x2apic())
        wrmsr(APIC_MSR_BASE, rdmsr(APIC_MSR_BASE) | APIC_BASE_EXTD | APIC_BASE_EN);
}

/*
 * The flag of a kick that was lost would hold back all later ones. One that is yet to arrive is
 * waited for: without its flag it would be taken for the guest's NMI.
 */
static void settle_kick(struct vcpu *v)
{
    virt_host_open();
    for (unsigned i = 0; i < KICK_SPINS && atomic_load(&v->kicked); i++)
        pause();
    virt_host_close();
    atomic_store(&v->kicked, false);
}

void lapic_leave_x2apic(struct vcpu *v)
{
    uint64_t off = rdmsr(APIC_MSR_BASE) & ~(APIC_BASE_EXTD | APIC_BASE_EN);

    if (!lapic_is_x2apic())
        return;
    wrmsr(APIC_MSR_BASE, off);
    wrmsr(APIC_MSR_BASE, off | APIC_BASE_EN);
    settle_kick(v);
}
