/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to this CPU's physical local APIC. State: v->physical of the CPU that runs this code. */
#include "apic/physical/lapic.h"

#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "core/machine.h"
#include "core/msr.h"
#include "core/host/x86_insn.h"

#define ICR_WAIT_SPINS 1000000

static volatile uint32_t *reg(uint32_t offset)
{
    return (volatile uint32_t *)(APIC_BASE_PA + offset);
}

void lapic_attach(struct vcpu *v)
{
    v->physical.x2apic = rdmsr(APIC_MSR_BASE) & APIC_BASE_EXTD;
    v->physical.icr_hi = v->physical.x2apic ? 0 : *reg(APIC_REG_ICR_HI);
}

bool lapic_is_x2apic(void)
{
    return this_cpu()->physical.x2apic;
}

uint32_t lapic_read_of(const struct vcpu *v, uint32_t offset)
{
    if (v->physical.x2apic)
        return (uint32_t)rdmsr(apic_reg_to_msr(offset));
    return offset == APIC_REG_ICR_HI ? v->physical.icr_hi : *reg(offset);
}

uint32_t lapic_read(uint32_t offset)
{
    return lapic_read_of(this_cpu(), offset);
}

static void write_xapic(struct lapic *l, uint32_t offset, uint32_t value)
{
    if (offset == APIC_REG_ICR_HI)
        l->icr_hi = value & APIC_ICR_HI_DEST;
    *reg(offset) = value;
}

void lapic_write_of(struct vcpu *v, uint32_t offset, uint32_t value)
{
    if (v->physical.x2apic)
        wrmsr(apic_reg_to_msr(offset), value);
    else
        write_xapic(&v->physical, offset, value);
}

void lapic_write(uint32_t offset, uint32_t value)
{
    lapic_write_of(this_cpu(), offset, value);
}

bool lapic_try_write(uint32_t offset, uint32_t value)
{
    struct lapic *l = &this_cpu()->physical;

    if (l->x2apic)
        return wrmsr_safe(apic_reg_to_msr(offset), value) == 0;
    write_xapic(l, offset, value);
    return true;
}

uint32_t lapic_boot_id(void)
{
    if (rdmsr(APIC_MSR_BASE) & APIC_BASE_EXTD)
        return (uint32_t)rdmsr(apic_reg_to_msr(APIC_REG_ID));
    return *reg(APIC_REG_ID) >> APIC_XAPIC_ID_SHIFT;
}

static void wait_icr_idle(void)
{
    for (unsigned i = 0; i < ICR_WAIT_SPINS && (*reg(APIC_REG_ICR_LO) & (uint32_t)ICR_BUSY); i++)
        pause();
}

void lapic_send_ipi(uint32_t apic_id, uint32_t command)
{
    const struct lapic *l = &this_cpu()->physical;

    if (l->x2apic) {
        /* WRMSR to the ICR is not serialising ("MSR Access in x2APIC Mode"). */
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(APIC_MSR_X2APIC_ICR, (uint64_t)apic_id << 32 | command);
        return;
    }
    wait_icr_idle();
    *reg(APIC_REG_ICR_HI) = apic_id << APIC_XAPIC_ID_SHIFT;
    *reg(APIC_REG_ICR_LO) = command;
    if (apic_is_virtual)
        return; /* no guest uses the register */
    wait_icr_idle();
    *reg(APIC_REG_ICR_HI) = l->icr_hi;
}

void apic_send_nmi(uint32_t apic_id)
{
    lapic_send_ipi(apic_id, (uint32_t)(ICR_MODE_NMI << ICR_MODE_SHIFT | ICR_ASSERT));
}
