/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a write to the trapped xAPIC page costs: accesses to the physical LAPIC, which KVM emulates
 * one by one, and fetches of the guest's code, which walk its page tables. docs/exits.md has the
 * same figures. The method is the decoder; what it cannot do is stepped.
 */
#include "apic/apic_regs.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"
#include "fakes/fake_cpu.h"
#include "test.h"
#include <lapwing/string.h>

#define MODRM_STORE_ESI 0xB7 /* of [rdi + disp32] */
#define ICR_FIXED       0x4031
#define ICR_INIT        0x4500

struct apic_vcpu {
    struct xapic_page page;
};

struct xapic_page *xapic_page_of(struct vcpu *v)
{
    return &v->apic->page;
}

enum smp_verdict smp_guest_ipi(struct vcpu *src, uint64_t raw, bool x2apic)
{
    (void)src;
    (void)x2apic;
    return icr_is_forwarded(icr_mode(raw)) ? SMP_FORWARD : SMP_CONSUMED;
}

struct cost {
    unsigned reads, writes, fetches, steps;
};

/* Does one write by `opcode` [rdi + offset], esi. */
static struct cost cost_of(uint8_t opcode, uint32_t offset, uint32_t esi, uint64_t dr7)
{
    struct vcpu *v = fake_machine(2);
    const struct vm_exit x = {
        .kind = EXIT_PAGE_FAULT, .info = APIC_BASE_PA + offset, .fault = {.write = true}};
    uint8_t code[INSN_MAX_LENGTH] = {opcode, MODRM_STORE_ESI, (uint8_t)offset,
                                     (uint8_t)(offset >> 8)};
    struct cost before;

    fake.lapic[APIC_REG_VERSION / APIC_REG_STRIDE] = 0x50014;
    xapic_page_sync(v);
    memcpy(fake.code, code, sizeof(code));
    fake.code_size = sizeof(code);
    fake.dr7 = dr7;
    v->gpr[GPR_RSI] = esi;
    before = (struct cost){fake.lapic_reads, fake.write_count, fake.fetches, fake.steps};
    xapic_page_fault(v, &x);
    if (v->step.active) {
        *(uint32_t *)(fake.step_scratch + offset) = esi;
        step_end(v, true);
    }
    return (struct cost){fake.lapic_reads - before.reads, fake.write_count - before.writes,
                         fake.fetches - before.fetches, fake.steps - before.steps};
}

static void check(struct cost got, struct cost want)
{
    CHECK_EQ(got.reads, want.reads);
    CHECK_EQ(got.writes, want.writes);
    CHECK_EQ(got.fetches, want.fetches);
    CHECK_EQ(got.steps, want.steps);
}

static void decoded(void)
{
    check(cost_of(0x89, APIC_REG_EOI, 0, 0), (struct cost){0, 1, 1, 0});
    check(cost_of(0x89, APIC_REG_TIMER_INITIAL, 5, 0), (struct cost){0, 1, 1, 0});
    check(cost_of(0x89, APIC_REG_ICR_LO, ICR_FIXED, 0), (struct cost){0, 1, 1, 0});
    check(cost_of(0x89, APIC_REG_ICR_LO, ICR_INIT, 0), (struct cost){0, 0, 1, 0});
    check(cost_of(0x09, APIC_REG_SVR, 0x100, 0), (struct cost){1, 1, 1, 0}); /* OR */
    check(cost_of(0x89, APIC_REG_LDR, 1U << 24, 0), (struct cost){2, 1, 1, 0});
}

/* With a breakpoint armed, or by the methods db and mtf, a store that is decoded is stepped. */
static void stepped(void)
{
    check(cost_of(0x89, APIC_REG_EOI, 0, DR7_ENABLED), (struct cost){0, 1, 1, 1});
    check(cost_of(0x89, APIC_REG_ICR_LO, ICR_FIXED, DR7_ENABLED), (struct cost){0, 1, 1, 1});
    check(cost_of(0x09, APIC_REG_SVR, 0x100, DR7_ENABLED), (struct cost){1, 1, 1, 1});
}

/* ADC is not decoded: the page is a copy of all registers. */
static void not_decoded(void)
{
    check(cost_of(0x11, APIC_REG_TPR, 0x20, 0), (struct cost){42, 1, 1, 1});
}

int main(void)
{
    TEST_RUN(decoded);
    TEST_RUN(stepped);
    TEST_RUN(not_decoded);
    return test_done();
}
