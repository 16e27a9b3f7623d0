/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts from the physical LAPIC into the virtual one: RVI, EOIs, and what an interrupt costs in
 * accesses to the LAPIC and to the VMCS. Both are fakes.
 */
#include "apic/apicv/apicv.h"

#include <stdlib.h>
#include <string.h>

#include "apic/apicv/vlapic_irq.h"
#include "apic/physical/lapic.h"
#include "apic/physical/lapic_reset.h"
#include "core/host/format.h"
#include "core/host/x86_insn.h"
#include "core/vmx/vmx_apic.h"
#include "core/vmx/vmx_caps.h"
#include "core/vmx/vmx_vcpu.h"
#include "test.h"

#define EDGE  0x61
#define LEVEL 0x73
#define LOW   0x31
#define HIGH  0xA2
#define GUEST 0xEE /* the guest's spurious vector */

uint64_t fake_vmcs[FAKE_VMCS_SIZE];
unsigned fake_vmcs_reads, fake_vmcs_writes;

static struct apic_vcpu apic;
static struct virt_vcpu virt;
static struct vcpu cpu = {.apic = &apic, .virt = &virt};
static uint32_t lapic[APIC_REG_SELF_IPI / APIC_REG_STRIDE];
static unsigned lapic_reads, eois;
static int extint;

uint32_t lapic_read_of(const struct vcpu *v, uint32_t offset)
{
    (void)v;
    lapic_reads++;
    return lapic[offset / APIC_REG_STRIDE];
}

void lapic_write_of(struct vcpu *v, uint32_t offset, uint32_t value)
{
    (void)v;
    (void)value;
    CHECK_EQ(offset, APIC_REG_EOI);
    eois++;
}

void lapic_write(uint32_t offset, uint32_t value)
{
    lapic_write_of(&cpu, offset, value);
}

void apicv_extint(struct vcpu *v, uint8_t vector)
{
    (void)v;
    extint = vector;
}

void apicv_unlist(struct vcpu *v)
{
    (void)v;
}

void lapic_reset(void)
{
}

/* What is linked and not used here. */
uint64_t rdmsr(uint32_t msr)
{
    (void)msr;
    abort();
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
    (void)buf;
    (void)size;
    (void)fmt;
    abort();
}

uint32_t vmx_negotiate(uint64_t capability, const struct vmx_control *controls, unsigned count,
                       struct vmx_missing *m)
{
    (void)capability;
    (void)controls;
    (void)count;
    (void)m;
    abort();
}

void vmx_ports_choose(bool requested)
{
    (void)requested;
    abort();
}

void vmx_queue_event(struct vcpu *v, uint32_t info, uint32_t error, uint32_t insn_length)
{
    (void)v;
    (void)info;
    (void)error;
    (void)insn_length;
    abort();
}

static void fresh(bool enabled)
{
    memset(&apic, 0, sizeof(apic));
    memset(lapic, 0, sizeof(lapic));
    memset(fake_vmcs, 0, sizeof(fake_vmcs));
    apic.vl = (struct vlapic){.regs = apic.page, .version = 0x50014, .mode = APIC_MODE_XAPIC};
    vlapic_reset(&apic.vl);
    vlapic_write(&apic.vl, APIC_REG_SVR, enabled ? APIC_SVR_ENABLE | GUEST : GUEST);
    atomic_store(&apic.accepting, enabled);
    fake_vmcs[VMCS_GUEST_RFLAGS] = RFLAGS_IF;
    extint = VLAPIC_NO_VECTOR;
}

static void interrupt(uint8_t vector, bool level)
{
    const unsigned slot = vector / 32;

    lapic[APIC_REG_ISR / APIC_REG_STRIDE + slot] |= BIT32(vector % 32);
    if (level)
        lapic[APIC_REG_TMR / APIC_REG_STRIDE + slot] |= BIT32(vector % 32);
    lapic_reads = eois = fake_vmcs_reads = fake_vmcs_writes = 0;
    apicv_interrupt(&cpu, vector);
}

static unsigned status(void)
{
    return (unsigned)fake_vmcs[VMCS_GUEST_INTERRUPT_STATUS];
}

/* ISR, TMR and EOI; the status, and whether the guest is halted. */
static void edge(void)
{
    fresh(true);
    interrupt(EDGE, false);
    CHECK_EQ(status(), EDGE);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_IRR), EDGE);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_TMR), VLAPIC_NO_VECTOR);
    CHECK(lapic_reads == 2 && eois == 1);
    CHECK(fake_vmcs_reads == 2 && fake_vmcs_writes == 1);
    interrupt(LOW, false); /* RVI is higher */
    CHECK_EQ(status(), EDGE);
    CHECK_EQ(fake_vmcs_writes, 0);
    fake_vmcs[VMCS_GUEST_INTERRUPT_STATUS] = 0x52 << 8 | EDGE;
    interrupt(HIGH, false);
    CHECK_EQ(status(), 0x52 << 8 | HIGH); /* SVI stays */
}

static void level(void)
{
    fresh(true);
    interrupt(LEVEL, true);
    CHECK_EQ(status(), LEVEL);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_TMR), LEVEL);
    CHECK_EQ(eois, 0);
    CHECK_EQ(fake_vmcs[VMCS_EOI_EXIT_BITMAP1], BIT(LEVEL - 64));
    apicv_guest_eoi(&cpu, LEVEL);
    CHECK_EQ(eois, 1);
    CHECK_EQ(fake_vmcs[VMCS_EOI_EXIT_BITMAP1], 0);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_TMR), VLAPIC_NO_VECTOR);
}

/* An edge is lost. A level-triggered one is held, so that it comes again later. */
static void disabled(void)
{
    fresh(false);
    interrupt(EDGE, false);
    CHECK_EQ(eois, 1);
    interrupt(LEVEL, true);
    CHECK_EQ(eois, 0);
    CHECK_EQ(status(), 0);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_IRR), VLAPIC_NO_VECTOR);
    apicv_enabled_again(&cpu);
    CHECK_EQ(eois, 1);
}

static uint64_t activity_after(uint32_t ppr, uint64_t rflags, uint32_t interruptibility)
{
    fresh(true);
    apic.page[APIC_REG_PPR / sizeof(uint32_t)] = ppr;
    fake_vmcs[VMCS_GUEST_ACTIVITY] = ACTIVITY_HLT;
    fake_vmcs[VMCS_GUEST_RFLAGS] = rflags;
    fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY] = interruptibility;
    interrupt(EDGE, false);
    return fake_vmcs[VMCS_GUEST_ACTIVITY];
}

static void halted(void)
{
    CHECK_EQ(activity_after(0, RFLAGS_IF, 0), ACTIVITY_ACTIVE);
    CHECK_EQ(activity_after(EDGE - 16, RFLAGS_IF, 0), ACTIVITY_ACTIVE);
    CHECK_EQ(activity_after(EDGE, RFLAGS_IF, 0), ACTIVITY_HLT);
    CHECK_EQ(activity_after(0, 0, 0), ACTIVITY_HLT);
    CHECK_EQ(activity_after(0, RFLAGS_IF, INTERRUPTIBILITY_SHADOW), ACTIVITY_HLT);
}

/* Not in service: it bypasses the IRR, with the guest's own vector if it is the LAPIC's. */
static void not_in_service(void)
{
    fresh(true);
    apicv_interrupt(&cpu, APIC_SVR_OWN_VECTOR);
    CHECK_EQ(extint, GUEST);
    apicv_interrupt(&cpu, LOW);
    CHECK_EQ(extint, LOW);
    CHECK_EQ(status(), 0);
    fresh(false);
    eois = 0;
    apicv_interrupt(&cpu, APIC_SVR_OWN_VECTOR);
    CHECK_EQ(extint, VLAPIC_NO_VECTOR);
    CHECK_EQ(eois, 0);
}

/* A line in service is not taken for its own next interrupt: only the PICs can have sent that. */
static void held(void)
{
    fresh(true);
    interrupt(LEVEL, true);
    interrupt(LEVEL, true);
    CHECK_EQ(extint, LEVEL);
}

static void posted(void)
{
    fresh(true);
    posted_init(&apic.posted, APICV_NOTIFICATION_VECTOR, 0);
    posted_post(&apic.posted, HIGH);
    posted_post(&apic.posted, LOW);
    apicv_take_posted(&cpu);
    CHECK_EQ(status(), HIGH);
    CHECK_EQ(vlapic_highest(&apic.vl, APIC_REG_IRR), HIGH);
    fake_vmcs_reads = fake_vmcs_writes = 0;
    apicv_take_posted(&cpu);
    CHECK(fake_vmcs_reads == 0 && fake_vmcs_writes == 0);
    apicv_drop_interrupts(&cpu);
    CHECK_EQ(status(), 0);
    CHECK(apic.extints_due);
}

int main(void)
{
    TEST_RUN(edge);
    TEST_RUN(level);
    TEST_RUN(disabled);
    TEST_RUN(halted);
    TEST_RUN(not_in_service);
    TEST_RUN(held);
    TEST_RUN(posted);
    return test_done();
}
