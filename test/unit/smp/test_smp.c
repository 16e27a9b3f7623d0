/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a guest's IPI to what its receiver does: destinations, kicks, parking, and what INIT drops.
 */
#include "smp/smp.h"

#include "apic/apic.h"
#include "core/host/delay.h"
#include "core/soft_reset.h"
#include "core/virt.h"
#include "smp/hold.h"
#include "smp/kick.h"
#include "fakes/fake_cpu.h"
#include "smp/park.h"
#include "test.h"

static unsigned kicks[8], resets, lapic_inits, starts, parks;
static uint8_t start_vector;
static void (*while_parked)(void);
static void (*while_waiting)(void);

void kick(struct vcpu *target)
{
    kicks[target->index]++;
}

void apic_cpu_reset(struct vcpu *v)
{
    (void)v;
    lapic_inits++;
}

void virt_vcpu_reset(struct vcpu *v)
{
    (void)v;
    resets++;
}

void virt_vcpu_start(struct vcpu *v, uint16_t cs, uint16_t ip)
{
    (void)v;
    starts++;
    CHECK_EQ(cs & 0xFF, 0);
    CHECK_EQ(ip, 0);
    start_vector = (uint8_t)(cs >> 8);
}

void virt_host_open(void)
{
}

void virt_host_close(void)
{
}

void park_wait(const _Atomic uint32_t *word)
{
    (void)word;
    parks++;
    if (while_parked)
        while_parked();
}

void delay_us(uint64_t us)
{
    (void)us;
    if (while_waiting)
        while_waiting();
}

static uint64_t traced_icr;
static uint32_t traced_mode, traced_cpus;

void trace_ipi(struct trace *t, uint64_t icr, uint32_t mode)
{
    (void)t;
    traced_icr = icr;
    traced_mode = mode;
    traced_cpus = 0;
}

void trace_ipi_cpus(struct trace *t, uint32_t cpus)
{
    (void)t;
    traced_cpus = cpus;
}

static struct vcpu *start(unsigned count)
{
    struct vcpu *v = fake_machine(count);

    memset(kicks, 0, sizeof(kicks));
    resets = lapic_inits = starts = parks = 0;
    while_parked = while_waiting = NULL;
    return v;
}

/* In x2APIC mode. */
static uint64_t message(enum icr_mode mode, uint8_t vector, uint32_t dest)
{
    return (uint64_t)dest << 32 | (uint32_t)mode << ICR_MODE_SHIFT | vector | ICR_ASSERT;
}

/* Is something in the CPU's mailbox, and will its loop look? */
static bool is_told(const struct vcpu *v)
{
    const bool told = atomic_load(&v->smp.mailbox) != 0;

    CHECK(!told || atomic_load(&v->attention) != 0);
    return told;
}

static enum smp_verdict send(struct vcpu *src, uint64_t raw)
{
    return smp_guest_ipi(src, raw, true);
}

static void init_sipi_and_smi_are_ours(void)
{
    struct vcpu *v = start(2);

    for (unsigned mode = 0; mode < 8; mode++) {
        uint64_t m = message((enum icr_mode)mode, 0x31, 1);
        bool ours = mode == ICR_MODE_INIT || mode == ICR_MODE_SIPI || mode == ICR_MODE_SMI;
        CHECK_EQ(send(v, m), ours ? SMP_CONSUMED : SMP_FORWARD);
        for (unsigned n = 0; n < 8; n++)
            CHECK_EQ(v->figures[FIGURE_IPI_FIXED + n], n <= mode);
        CHECK_EQ(traced_icr, m);
        CHECK_EQ(traced_mode, TRACE_IPI_X2APIC);
        CHECK_EQ(traced_cpus, mode == ICR_MODE_INIT || mode == ICR_MODE_SIPI);
    }
}

static void xapic_mode_has_its_own_broadcast(void)
{
    struct vcpu *v = start(3);

    CHECK_EQ(smp_guest_ipi(v, icr_of_xapic(2U << 24, 0x500), false), SMP_CONSUMED);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(is_told(machine.cpus[i]), i == 2);
    CHECK_EQ(traced_icr, UINT64_C(2) << 32 | 0x500);
    CHECK_EQ(traced_mode, 0);
    CHECK_EQ(smp_guest_ipi(v, icr_of_xapic(0xFFU << 24, 0x500), false), SMP_CONSUMED);
    CHECK_EQ(traced_cpus, 3); /* broadcast */
}

static void init_reaches_its_destination_only(void)
{
    struct vcpu *v = start(4);
    uint64_t m = message(ICR_MODE_INIT, 0, 2);

    send(v, m);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(kicks[i], i == 2);
        CHECK_EQ(is_told(machine.cpus[i]), i == 2);
    }
}

static void shorthands(void)
{
    static const struct {
        enum icr_shorthand shorthand;
        bool reaches[3];
    } rows[] = {
        {ICR_SHORTHAND_SELF, {true, false, false}},
        {ICR_SHORTHAND_ALL, {true, true, true}},
        {ICR_SHORTHAND_OTHERS, {false, true, true}},
    };

    for (unsigned r = 0; r < 3; r++) {
        struct vcpu *v = start(3);
        uint64_t m = message(ICR_MODE_INIT, 0, 0);

        CHECK_EQ(send(v, m | (uint32_t)rows[r].shorthand << ICR_SHORTHAND_SHIFT), SMP_CONSUMED);
        for (unsigned i = 0; i < 3; i++)
            CHECK_EQ(is_told(machine.cpus[i]), rows[r].reaches[i]);
        CHECK_EQ(kicks[0], 0); /* the sender is awake */
    }
}

static void nobody_is_nobody(void)
{
    struct vcpu *v = start(2);
    uint64_t m = message(ICR_MODE_INIT, 0, 77);

    CHECK_EQ(send(v, m), SMP_CONSUMED);
    CHECK(!is_told(machine.cpus[0]) && !is_told(machine.cpus[1]));
}

static void deassert_is_a_no_op(void)
{
    struct vcpu *v = start(2);
    uint64_t m = message(ICR_MODE_INIT, 0, 1);

    m &= ~ICR_ASSERT;
    CHECK_EQ(send(v, m | ICR_LEVEL), SMP_CONSUMED);
    CHECK(!is_told(machine.cpus[1]));
    send(v, m); /* edge-triggered with level 0 is a real INIT */
    CHECK(is_told(machine.cpus[1]));
}

static void send_sipi_9(void)
{
    uint64_t m = message(ICR_MODE_SIPI, 9, 1);

    if (parks == 3) /* two wake-ups for nothing come first: an NMI wakes, but does not start */
        send(machine.cpus[0], m);
}

static void init_parks_until_sipi(void)
{
    struct vcpu *bsp = start(2), *ap = machine.cpus[1];
    uint64_t m = message(ICR_MODE_INIT, 0, 1);

    ap->guest_nmis = 2;
    send(bsp, m);
    while_parked = send_sipi_9;
    smp_consume(ap);
    CHECK_EQ(resets, 1);
    CHECK_EQ(lapic_inits, 1);
    CHECK_EQ(parks, 3);
    CHECK_EQ(starts, 1);
    CHECK_EQ(start_vector, 9);
    CHECK_EQ(ap->smp.state, RUN_STATE_RUNNING);
    CHECK_EQ(ap->guest_nmis, 0);
}

static void init_of_the_bsp_runs_on(void)
{
    struct vcpu *bsp = start(2);
    uint64_t m = message(ICR_MODE_INIT, 0, 0);

    send(machine.cpus[1], m);
    smp_consume(bsp);
    CHECK_EQ(resets, 1);
    CHECK_EQ(parks, 0);
    CHECK_EQ(bsp->smp.state, RUN_STATE_RUNNING);
}

static void sipi_to_a_running_cpu_is_nothing(void)
{
    struct vcpu *bsp = start(2);
    uint64_t m = message(ICR_MODE_SIPI, 9, 1);

    send(bsp, m);
    CHECK_EQ(kicks[1], 0); /* it would only disturb the guest's own NMIs */
    smp_consume(machine.cpus[1]);
    CHECK_EQ(starts, 0);
    CHECK_EQ(resets, 0);
}

/* INIT and SIPI both sent before the receiver looks: order kept, nothing lost. */
static void sipi_behind_init(void)
{
    struct vcpu *bsp = start(2);
    uint64_t init = message(ICR_MODE_INIT, 0, 1), sipi = message(ICR_MODE_SIPI, 0x42, 1);

    send(bsp, init);
    send(bsp, sipi);
    CHECK(kicks[1] > 0);
    smp_consume(machine.cpus[1]);
    CHECK_EQ(resets, 1);
    CHECK_EQ(parks, 0);
    CHECK_EQ(start_vector, 0x42);
}

/* The logical ID is gone with the INIT, whether or not its receiver has got round to it. */
static void logical_sipi_behind_init(void)
{
    struct vcpu *bsp = start(2);
    uint64_t init = message(ICR_MODE_INIT, 0, 1), sipi = message(ICR_MODE_SIPI, 9, 2);
    struct lapic_id id = fake_identity(machine.cpus[1]);

    id.ldr = 2U << 24;
    vcpu_set_identity(machine.cpus[1], &id);
    sipi |= ICR_LOGICAL;
    send(bsp, sipi);
    CHECK_EQ(machine.cpus[1]->smp.mailbox & MAILBOX_SIPI, MAILBOX_SIPI);
    send(bsp, init);
    send(bsp, sipi);
    CHECK_EQ(machine.cpus[1]->smp.mailbox, MAILBOX_INIT);
}

/* What it would start runs beside Lapwing. */
static void smi_is_nobodys(void)
{
    struct vcpu *bsp = start(2);
    uint64_t smi = message(ICR_MODE_SMI, 0, 1);

    CHECK_EQ(send(bsp, smi), SMP_CONSUMED);
    CHECK_EQ(send(bsp, smi | ICR_LOGICAL), SMP_CONSUMED);
    CHECK_EQ(machine.cpus[1]->smp.mailbox, 0);
}

static void init_ends_a_step(void)
{
    struct vcpu *bsp = start(2);
    uint64_t m = message(ICR_MODE_INIT, 0, 0);

    bsp->step.active = true;
    send(bsp, m);
    smp_consume(bsp);
    CHECK(!bsp->step.active);
}

static unsigned bsp_inits;

void soft_reset_by_init(struct vcpu *v)
{
    CHECK(v->smp.is_bsp);
    bsp_inits++;
}

/* What the firmware does then may be a self-test. */
static void physical_init_of_the_boot_cpu(void)
{
    struct vcpu *bsp = start(2);

    bsp_inits = 0;
    smp_hardware_event(machine.cpus[1], SIPI_EVENT_INIT, 0);
    CHECK_EQ(bsp_inits, 0);
    smp_hardware_event(bsp, SIPI_EVENT_INIT, 0);
    CHECK_EQ(bsp_inits, 1);
    smp_consume(bsp);
    CHECK_EQ(resets, 1);
}

static void physical_init_counts_too(void)
{
    struct vcpu *ap;

    start(2);
    ap = machine.cpus[1];
    smp_hardware_event(ap, SIPI_EVENT_INIT, 0);
    smp_hardware_event(ap, SIPI_EVENT_SIPI, 0x11);
    smp_consume(ap);
    CHECK_EQ(resets, 1);
    CHECK_EQ(start_vector, 0x11);
}

static void others_stop(void)
{
    atomic_store(&machine.cpus[1]->smp.held, true);
    atomic_store(&machine.cpus[2]->smp.held, true);
}

static void hold_asks_the_others(void)
{
    struct vcpu *v = start(3);

    for (unsigned i = 1; i < 3; i++)
        atomic_store(&machine.cpus[i]->smp.held, true); /* of an earlier hold */
    CHECK(!smp_hold_others(v));
    while_waiting = others_stop;
    CHECK(smp_hold_others(v));
    CHECK_EQ(kicks[0], 0);
    CHECK(!is_told(v));
    for (unsigned i = 1; i < 3; i++) {
        CHECK(kicks[i] > 0);
        CHECK_EQ(machine.cpus[i]->smp.mailbox, MAILBOX_HOLD);
        CHECK_EQ(machine.cpus[i]->smp.go, 0);
    }
}

static void release_in_the_end(void)
{
    CHECK(atomic_load(&machine.cpus[1]->smp.held));
    if (parks == 3) /* two NMIs come first */
        smp_release_others(machine.cpus[0]);
}

static void held_until_released(void)
{
    struct vcpu *bsp = start(2), *ap = machine.cpus[1];

    smp_hold_others(bsp);
    ap->step.active = true;
    while_parked = release_in_the_end;
    smp_consume(ap);
    CHECK_EQ(parks, 3);
    CHECK_EQ(resets, 0);
    CHECK(!ap->step.active);
    CHECK(!is_told(ap));
}

/* An INIT drops a SIPI, but not what the hypervisor wants. */
static void init_does_not_end_a_hold(void)
{
    struct vcpu *bsp = start(2), *ap = machine.cpus[1];

    smp_hold_others(bsp);
    smp_hardware_event(ap, SIPI_EVENT_SIPI, 9);
    smp_hardware_event(ap, SIPI_EVENT_INIT, 0);
    smp_hardware_event(ap, SIPI_EVENT_SIPI, 0x11);
    while_parked = release_in_the_end;
    smp_consume(ap);
    CHECK_EQ(parks, 3);
    CHECK_EQ(resets, 1);
    CHECK_EQ(start_vector, 0x11);
}

int main(void)
{
    TEST_RUN(init_sipi_and_smi_are_ours);
    TEST_RUN(xapic_mode_has_its_own_broadcast);
    TEST_RUN(init_reaches_its_destination_only);
    TEST_RUN(shorthands);
    TEST_RUN(nobody_is_nobody);
    TEST_RUN(deassert_is_a_no_op);
    TEST_RUN(init_parks_until_sipi);
    TEST_RUN(init_of_the_bsp_runs_on);
    TEST_RUN(sipi_to_a_running_cpu_is_nothing);
    TEST_RUN(sipi_behind_init);
    TEST_RUN(logical_sipi_behind_init);
    TEST_RUN(smi_is_nobodys);
    TEST_RUN(init_ends_a_step);
    TEST_RUN(physical_init_counts_too);
    TEST_RUN(physical_init_of_the_boot_cpu);
    TEST_RUN(hold_asks_the_others);
    TEST_RUN(held_until_released);
    TEST_RUN(init_does_not_end_a_hold);
    return test_done();
}
