/* SPDX-License-Identifier: GPL-2.0-only */
/* Strategy x2apic_msr with its xAPIC fallback: the ICR MSR, and a guest's changes of mode. */
#include <stdlib.h>
#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "apic/x2apic_msr/fallback.h"
#include "apic/xapic_trap/xapic_method.h"
#include "fakes/fake_cpu.h"
#include "test.h"

#define XAPIC_BASE  (APIC_BASE_PA | APIC_BASE_EN | APIC_BASE_BSP)
#define X2APIC_BASE (XAPIC_BASE | APIC_BASE_EXTD)
#define OFF_BASE    (APIC_BASE_PA | APIC_BASE_BSP)

static struct ipi_msg last_msg;
static unsigned ipis;

enum smp_verdict smp_guest_ipi(struct vcpu *src, uint64_t raw, bool x2apic)
{
    (void)src;
    last_msg = icr_decode(raw, x2apic);
    ipis++;
    return icr_is_forwarded(last_msg.mode) ? SMP_FORWARD : SMP_CONSUMED;
}

enum exit_result xapic_method(struct vcpu *v, const struct xapic_target *t)
{
    return xapic_step(v, t);
}

/* The first row that names an MSR counts. */
static const struct msr_trap *icr_row(void)
{
    for (unsigned i = 0; i < apic_msr_trap_count; i++) {
        const struct msr_trap *t = &apic_msr_traps[i];
        if (t->first <= APIC_MSR_X2APIC_ICR && t->last >= APIC_MSR_X2APIC_ICR)
            return t;
    }
    abort();
}

static enum exit_result write_exits(struct vcpu *v, uint32_t msr, uint64_t value)
{
    v->gpr[GPR_RAX] = value; /* only the low half counts */
    v->gpr[GPR_RDX] = value >> 32;
    return apic_handle_exit(v, &(struct vm_exit){.kind = EXIT_MSR_WRITE, .msr = msr});
}

static enum exit_result write_icr(struct vcpu *v, uint64_t raw)
{
    return write_exits(v, APIC_MSR_X2APIC_ICR, raw);
}

static struct vcpu *start(void)
{
    struct vcpu *v = fake_machine(2);

    ipis = 0;
    apic_cpu_init(v);
    return v;
}

static enum exit_result set_base(struct vcpu *v, uint64_t value)
{
    return apic_base_msr_write(v, APIC_MSR_BASE, value);
}

static struct vcpu *start_x2apic(void)
{
    struct vcpu *v = start();

    CHECK_EQ(set_base(v, X2APIC_BASE), EXIT_SKIP_INSN);
    return v;
}

static void icr_is_always_intercepted(void)
{
    CHECK(icr_row()->write && icr_row()->open_at_first == MSR_OPEN_READ);
}

/* Only the ICR goes past the table of MSRs, where it has the same handler. */
static void the_table_has_the_rest(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(write_exits(v, APIC_MSR_X2APIC_LVT_LINT1, 0), EXIT_UNHANDLED);
    CHECK_EQ(icr_row()->write(v, APIC_MSR_X2APIC_ICR, UINT64_C(0x1000000FD)), EXIT_SKIP_INSN);
    CHECK_EQ(fake.icr_msr, UINT64_C(0x1000000FD));
    CHECK_EQ(ipis, 1);
}

static void init_and_sipi_are_consumed(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(write_icr(v, UINT64_C(0x12300004500)), EXIT_SKIP_INSN);
    CHECK_EQ(last_msg.mode, ICR_MODE_INIT);
    CHECK_EQ(last_msg.dest, 0x123);
    CHECK(last_msg.x2apic);
    CHECK_EQ(write_icr(v, UINT64_C(0x100004608)), EXIT_SKIP_INSN);
    CHECK_EQ(last_msg.mode, ICR_MODE_SIPI);
    CHECK_EQ(fake.icr_msr_writes, 0);
}

static void others_are_passed_on(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(write_icr(v, UINT64_C(0x1000000FD)), EXIT_SKIP_INSN);
    CHECK_EQ(fake.icr_msr_writes, 1);
    CHECK_EQ(fake.icr_msr, UINT64_C(0x1000000FD));
    fake.wrmsr_faults = true;
    CHECK_EQ(write_icr(v, 0xFD), EXIT_INJECT_GP);
}

static void reserved_bits_fault(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(write_icr(v, 0x4500 | BIT(20)), EXIT_INJECT_GP);
    CHECK_EQ(ipis, 0);
}

static void not_in_xapic_mode(void)
{
    struct vcpu *v = start();

    CHECK_EQ(write_icr(v, 0x4500), EXIT_INJECT_GP);
    CHECK_EQ(ipis, 0);
}

static void xapic_page_is_served_until_the_switch(void)
{
    struct vcpu *v = start();

    CHECK_EQ(fake_lapic_leaf(v).hpa, APIC_BASE_PA);
    CHECK_EQ(fake_lapic_leaf(v).prot, PT_R);
    CHECK_EQ(set_base(v, X2APIC_BASE), EXIT_SKIP_INSN);
    CHECK_EQ(fake.apic_base_msr & APIC_BASE_EXTD, APIC_BASE_EXTD);
    CHECK_EQ(fake_lapic_leaf(v).hpa, FAKE_VOID_PA);
    CHECK(fake_identity(v).x2apic);
    CHECK(fake_identity(v).enabled);
}

/* An SMI by an LVT entry is masked; the entries without a delivery mode cost no exit. */
static void lvt_smi_is_masked(void)
{
    (void)start_x2apic();

    CHECK(fake.trapped_write[0x2F] && fake.trapped_write[0x33] && fake.trapped_write[0x36]);
    CHECK(!fake.trapped_write[0x32] && !fake.trapped_write[0x37]);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_LVT_LINT0, 0x200), 0x10200);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_LVT_PERF, 0x400), 0x400);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_EXT_LVT, 0x200), 0x10200);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_EXT_LAST, 0x200), 0x10200);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_EXT_IER, 0x200), 0x200);
    CHECK(fake.trapped_write[0x50] && fake.trapped_write[0x53] && !fake.trapped_write[0x54]);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_LVT_TIMER, 0x200), 0x200);
    CHECK_EQ(apic_lvt_for_hardware(APIC_REG_TIMER_INITIAL, 0x200), 0x200);
}

/* The guest may switch its LAPIC off; the physical one stays on, and its MSRs are the guest's no
 * more. */
static void off_is_a_fiction(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(set_base(v, OFF_BASE), EXIT_SKIP_INSN);
    CHECK_EQ(fake.apic_base_msr & APIC_BASE_EN, APIC_BASE_EN);
    CHECK(fake.trapped_read[0x02] && fake.trapped_write[0x08] && fake.trapped_write[0x30]);
    CHECK(!fake_identity(v).enabled);
    CHECK_EQ(fake.lapic_resets, 1);
    CHECK_EQ(fake.virtual_wires, 1); /* the PIC goes on without it */

    CHECK_EQ(set_base(v, XAPIC_BASE), EXIT_SKIP_INSN);
    CHECK(!fake.trapped_read[0x02] && !fake.trapped_write[0x08] && fake.trapped_write[0x30]);
    CHECK_EQ(fake.apic_base_msr & APIC_BASE_EXTD, 0);
    CHECK_EQ(fake_lapic_leaf(v).hpa, APIC_BASE_PA);
    CHECK(fake_identity(v).enabled && !fake_identity(v).x2apic);
}

/* Its NMI may have come while the LAPIC was off; its flag would hold back all later ones. */
static void a_lost_kick_is_forgotten(void)
{
    struct vcpu *v = start_x2apic();

    set_base(v, OFF_BASE);
    atomic_store(&v->kicked, true);
    set_base(v, XAPIC_BASE);
    CHECK(!atomic_load(&v->kicked));
}

static void illegal_transitions_fault(void)
{
    struct vcpu *v = start_x2apic();

    CHECK_EQ(set_base(v, XAPIC_BASE), EXIT_INJECT_GP);
    CHECK_EQ(v->apic_base, X2APIC_BASE);
    CHECK_EQ(set_base(v, X2APIC_BASE + PAGE_SIZE), EXIT_INJECT_GP);
    CHECK_EQ(fake.logs, 1); /* a moved base is told of */
}

static void init_keeps_the_mode(void)
{
    struct vcpu *v = start_x2apic();

    apic_cpu_reset(v);
    CHECK_EQ(fake.lapic_resets, 1);
    CHECK_EQ(v->apic_base, X2APIC_BASE);
    CHECK(fake_identity(v).x2apic);
}

/* IDs that xAPIC mode cannot name: everybody starts in x2APIC mode. */
static void wide_ids_start_in_x2apic(void)
{
    struct vcpu *v = fake_machine(2);

    machine.wide_apic_ids = true;
    apic_cpu_init(v);
    CHECK_EQ(v->apic_base & APIC_BASE_EXTD, APIC_BASE_EXTD);
    CHECK(fake_identity(v).x2apic);
}

static void wide_ids_keep_x2apic(void)
{
    struct vcpu *v = fake_machine(2);

    machine.wide_apic_ids = true;
    apic_cpu_init(v);
    CHECK_EQ(set_base(v, OFF_BASE), EXIT_INJECT_GP);
    CHECK_EQ(v->apic_base & APIC_BASE_EXTD, APIC_BASE_EXTD);
    CHECK_EQ(fake.logs, 1);
}

int main(void)
{
    TEST_RUN(icr_is_always_intercepted);
    TEST_RUN(the_table_has_the_rest);
    TEST_RUN(init_and_sipi_are_consumed);
    TEST_RUN(others_are_passed_on);
    TEST_RUN(reserved_bits_fault);
    TEST_RUN(not_in_xapic_mode);
    TEST_RUN(xapic_page_is_served_until_the_switch);
    TEST_RUN(lvt_smi_is_masked);
    TEST_RUN(off_is_a_fiction);
    TEST_RUN(a_lost_kick_is_forgotten);
    TEST_RUN(illegal_transitions_fault);
    TEST_RUN(init_keeps_the_mode);
    TEST_RUN(wide_ids_start_in_x2apic);
    TEST_RUN(wide_ids_keep_x2apic);
    return test_done();
}
