/* SPDX-License-Identifier: GPL-2.0-only */
/* Mode switches of the physical LAPIC. */
#include "apic/lapic_mode.h"

#include "apic/apic_regs.h"
#include "core/lapic.h"
#include "core/x86_insn.h"

void lapic_enter_x2apic(void)
{
    if (!lapic_is_x2apic())
        wrmsr(APIC_MSR_BASE, rdmsr(APIC_MSR_BASE) | APIC_BASE_EXTD | APIC_BASE_EN);
}

void lapic_leave_x2apic(void)
{
    uint64_t off = rdmsr(APIC_MSR_BASE) & ~(APIC_BASE_EXTD | APIC_BASE_EN);

    if (!lapic_is_x2apic())
        return;
    wrmsr(APIC_MSR_BASE, off);
    wrmsr(APIC_MSR_BASE, off | APIC_BASE_EN);
}
