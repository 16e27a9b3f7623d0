/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to this CPU's physical local APIC. */
#include "apic/physical/lapic.h"

#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "core/msr.h"
#include "core/host/x86_insn.h"

#define ICR_WAIT_SPINS 1000000

static volatile uint32_t *reg(uint32_t offset)
{
    return (volatile uint32_t *)(APIC_BASE_PA + offset);
}

bool lapic_is_x2apic(void)
{
    return rdmsr(APIC_MSR_BASE) & APIC_BASE_EXTD;
}

uint32_t lapic_read(uint32_t offset)
{
    if (lapic_is_x2apic())
        return (uint32_t)rdmsr(apic_reg_to_msr(offset));
    return *reg(offset);
}

uint32_t lapic_read_xapic(uint32_t offset)
{
    return *reg(offset);
}

void lapic_write(uint32_t offset, uint32_t value)
{
    if (lapic_is_x2apic())
        wrmsr(apic_reg_to_msr(offset), value);
    else
        *reg(offset) = value;
}

bool lapic_try_write(uint32_t offset, uint32_t value)
{
    if (lapic_is_x2apic())
        return wrmsr_safe(apic_reg_to_msr(offset), value) == 0;
    *reg(offset) = value;
    return true;
}

uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(APIC_REG_ID);

    return lapic_is_x2apic() ? id : id >> APIC_XAPIC_ID_SHIFT;
}

static void wait_icr_idle(void)
{
    for (unsigned i = 0; i < ICR_WAIT_SPINS && (*reg(APIC_REG_ICR_LO) & (uint32_t)ICR_BUSY); i++)
        pause();
}

void lapic_send_ipi(uint32_t apic_id, uint32_t command)
{
    if (lapic_is_x2apic()) {
        /* WRMSR to the ICR is not serialising ("MSR Access in x2APIC Mode"). */
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(APIC_MSR_X2APIC_ICR, (uint64_t)apic_id << 32 | command);
        return;
    }
    wait_icr_idle();
    uint32_t high = *reg(APIC_REG_ICR_HI);
    *reg(APIC_REG_ICR_HI) = apic_id << APIC_XAPIC_ID_SHIFT;
    *reg(APIC_REG_ICR_LO) = command;
    wait_icr_idle();
    *reg(APIC_REG_ICR_HI) = high;
}
