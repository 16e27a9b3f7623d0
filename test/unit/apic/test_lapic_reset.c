/* SPDX-License-Identifier: GPL-2.0-only */
/* INIT of a physical LAPIC: what becomes of registers that the guest has written. */
#include "apic/physical/lapic_reset.h"

#include "../test.h"
#include "apic/apic_regs.h"
#include "apic/physical/lapic.h"
#include "core/host/idt.h"
#include "core/virt.h"

#define SLOT(offset) ((offset) / APIC_REG_STRIDE)
#define GUESTS       0x12344 /* IERs cannot be written */

const bool virt_extends_lapic = true;

static uint32_t regs[64 * 2];
static bool is_x2apic;
static unsigned eois;

bool lapic_is_x2apic(void)
{
    return is_x2apic;
}

uint32_t lapic_read(uint32_t offset)
{
    CHECK(!is_x2apic || offset != APIC_REG_EXT_FEATURE); /* the MSR may be missing */
    return regs[SLOT(offset)];
}

void lapic_write(uint32_t offset, uint32_t value)
{
    CHECK(offset < APIC_REG_EXT_FEATURE); /* in x2APIC mode the MSR may be missing */
    eois += offset == APIC_REG_EOI;
    if (offset == APIC_REG_EOI)
        regs[SLOT(APIC_REG_ISR)] = 0;
    else
        regs[SLOT(offset)] = value;
}

/* AMD's enable registers can be written while their control register says so. */
bool lapic_try_write(uint32_t offset, uint32_t value)
{
    if (offset >= APIC_REG_EXT_IER && offset < APIC_REG_EXT_LVT &&
        !(regs[SLOT(APIC_REG_EXT_CONTROL)] & APIC_EXT_ENABLE_IER))
        return false;
    regs[SLOT(offset)] = value;
    return true;
}

bool idt_drain_interrupt(void)
{
    return false;
}

void virt_host_open(void)
{
}

void virt_host_close(void)
{
}

static void reset(uint32_t version, uint32_t features)
{
    for (unsigned i = 0; i < ARRAY_SIZE(regs); i++)
        regs[i] = GUESTS;
    for (uint32_t at = APIC_REG_ISR; at <= APIC_REG_IRR_LAST; at += APIC_REG_STRIDE)
        regs[SLOT(at)] = 0;
    regs[SLOT(APIC_REG_VERSION)] = version;
    regs[SLOT(APIC_REG_EXT_FEATURE)] = features;
    eois = 0;
    lapic_reset();
}

static uint32_t after(uint32_t offset)
{
    return regs[SLOT(offset)];
}

/* Those of a CPU that has no extended space are not there. */
static void extended_registers_that_exist_are_reset(void)
{
    static const struct {
        uint32_t version, features, control, ier, first_lvt, last_lvt;
    } c[] = {
        {0x50010, 0x40001, GUESTS, GUESTS, GUESTS, GUESTS},
        {0x80050010, 0, 0, GUESTS, GUESTS, GUESTS},
        {0x80050010, 0x10000, 0, GUESTS, APIC_LVT_MASKED, GUESTS},
        {0x80050010, 0x40001, 0, UINT32_MAX, APIC_LVT_MASKED, APIC_LVT_MASKED},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(c); i++) {
        reset(c[i].version, c[i].features);
        CHECK_EQ(after(APIC_REG_EXT_CONTROL), c[i].control);
        CHECK_EQ(after(0x420), GUESTS); /* a write here ends an interrupt */
        CHECK_EQ(after(APIC_REG_EXT_IER), c[i].ier);
        CHECK_EQ(after(APIC_REG_EXT_IER + 7 * APIC_REG_STRIDE), c[i].ier);
        CHECK_EQ(after(APIC_REG_EXT_LVT), c[i].first_lvt);
        CHECK_EQ(after(APIC_REG_EXT_LAST), c[i].last_lvt);
        CHECK_EQ(after(APIC_REG_LVT_TIMER), APIC_LVT_MASKED);
    }
}

static void in_x2apic_mode_all_are_tried(void)
{
    is_x2apic = true;
    reset(0x80050010, 0);
    is_x2apic = false;
    CHECK_EQ(after(APIC_REG_EXT_IER), UINT32_MAX);
    CHECK_EQ(after(APIC_REG_EXT_LAST), APIC_LVT_MASKED);
}

/* Under KVM each EOI is an exit to the host. */
static void only_what_is_in_service_is_ended(void)
{
    lapic_end_interrupts();
    CHECK_EQ(eois, 0);
    regs[SLOT(APIC_REG_ISR)] = 4;
    lapic_end_interrupts();
    CHECK_EQ(eois, 1);
}

int main(void)
{
    TEST_RUN(extended_registers_that_exist_are_reset);
    TEST_RUN(in_x2apic_mode_all_are_tried);
    TEST_RUN(only_what_is_in_service_is_ended);
    return test_done();
}
