/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INIT of a physical LAPIC, register by register: a real INIT to one of Lapwing's CPUs is not
 * possible. No state but the LAPIC's.
 */
#include "apic/physical/lapic_reset.h"

#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "core/host/idt.h"
#include "apic/physical/lapic.h"
#include "core/virt.h"

#define VECTORS 256
#define TPR_ALL 0xFF

static bool any_bit(uint32_t block)
{
    for (uint32_t i = 0; i < VECTORS / 32; i++) {
        if (lapic_read(block + i * APIC_REG_STRIDE))
            return true;
    }
    return false;
}

/* An LVT entry beyond the fourth exists if the version register's maximum reaches it. */
static void mask_lvts(uint32_t version)
{
    static const struct {
        uint16_t reg;
        uint8_t max_lvt;
    } lvts[] = {
        {APIC_REG_LVT_TIMER, 0}, {APIC_REG_LVT_LINT0, 0}, {APIC_REG_LVT_LINT1, 0},
        {APIC_REG_LVT_ERROR, 0}, {APIC_REG_LVT_PERF, 4},  {APIC_REG_LVT_THERMAL, 5},
        {APIC_REG_LVT_CMCI, 6},
    };
    unsigned max = version >> APIC_VERSION_MAX_LVT_SHIFT & 0xFF;

    for (unsigned i = 0; i < sizeof(lvts) / sizeof(lvts[0]); i++) {
        if (max >= lvts[i].max_lvt)
            lapic_write(lvts[i].reg, apic_reg_reset(lvts[i].reg));
    }
}

/*
 * AMD's, by which the guest may have masked interrupts. Their control register comes last: it says
 * whether the enable registers can be written. In x2APIC mode a missing register refuses.
 */
static void reset_extended(void)
{
    const uint32_t features = lapic_is_x2apic() ? UINT32_MAX : lapic_read(APIC_REG_EXT_FEATURE);

    (void)lapic_try_write(APIC_REG_EXT_CONTROL, APIC_EXT_ENABLE_IER);
    for (unsigned at = APIC_REG_EXT_LAST; at >= APIC_REG_EXT_CONTROL; at -= APIC_REG_STRIDE) {
        if (apic_reg_is_extended(at, features))
            (void)lapic_try_write(at, at >= APIC_REG_EXT_LVT   ? APIC_LVT_MASKED
                                      : at >= APIC_REG_EXT_IER ? UINT32_MAX
                                                               : 0);
    }
}

void lapic_end_interrupts(void)
{
    for (unsigned i = 0; i < VECTORS && any_bit(APIC_REG_ISR); i++)
        lapic_write(APIC_REG_EOI, 0);
}

/* No register clears the IRR: each request is accepted and acknowledged. The loops are bounded. */
static void drop_interrupts(void)
{
    lapic_end_interrupts();
    virt_host_open();
    for (unsigned i = 0; i < VECTORS && any_bit(APIC_REG_IRR); i++) {
        if (idt_drain_interrupt())
            lapic_write(APIC_REG_EOI, 0);
    }
    virt_host_close();
}

void lapic_reset(void)
{
    const uint32_t version = lapic_read(APIC_REG_VERSION);

    mask_lvts(version);
    if (virt_extends_lapic && (version & APIC_VERSION_EXT_SPACE))
        reset_extended();
    lapic_write(APIC_REG_TIMER_INITIAL, 0);
    lapic_write(APIC_REG_TPR, 0);
    /* A disabled LAPIC delivers nothing, and Bochs' ends no interrupt with the spurious vector. */
    lapic_write(APIC_REG_SVR, APIC_SVR_ENABLE | APIC_SVR_OWN_VECTOR);
    drop_interrupts();
    lapic_write(APIC_REG_SVR, apic_reg_reset(APIC_REG_SVR));
    lapic_write(APIC_REG_TIMER_DIVIDE, 0);
    if (!lapic_is_x2apic()) {
        lapic_write(APIC_REG_DFR, apic_reg_reset(APIC_REG_DFR));
        lapic_write(APIC_REG_LDR, 0);
        lapic_write(APIC_REG_ICR_HI, 0);
    }
    lapic_write(APIC_REG_ESR, 0);
}

void lapic_virtual_wire(void)
{
    lapic_write(APIC_REG_TPR, TPR_ALL); /* ExtINTs pass; the LAPIC's own interrupts do not */
    lapic_write(APIC_REG_SVR, APIC_SVR_ENABLE | APIC_SVR_VECTOR);
    lapic_write(APIC_REG_LVT_LINT0, ICR_MODE_EXTINT << ICR_MODE_SHIFT);
    lapic_write(APIC_REG_LVT_LINT1, ICR_MODE_NMI << ICR_MODE_SHIFT);
}
