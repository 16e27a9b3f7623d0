/* SPDX-License-Identifier: GPL-2.0-only */
/* The trapped xAPIC page and the replay after a step: what reaches the LAPIC, in which order. */
#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "apic/xapic_trap/xapic_method.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"
#include "fakes/fake_cpu.h"
#include "test.h"
#include <lapwing/string.h>

#define ICR_LO_INIT  0x4500
#define ICR_LO_FIXED 0x4031

static struct ipi_msg last_msg;
static unsigned ipis;

enum smp_verdict smp_guest_ipi(struct vcpu *src, uint64_t raw, bool x2apic)
{
    (void)src;
    last_msg = icr_decode(raw, x2apic);
    ipis++;
    return icr_is_forwarded(last_msg.mode) ? SMP_FORWARD : SMP_CONSUMED;
}

/* The method under test is the step. */
enum exit_result xapic_method(struct vcpu *v, const struct xapic_target *t)
{
    return xapic_step(v, t);
}

struct apic_vcpu {
    struct xapic_page page;
};

struct xapic_page *xapic_page_of(struct vcpu *v)
{
    return &v->apic->page;
}

static struct vcpu *start(void)
{
    struct vcpu *v = fake_machine(2);

    ipis = 0;
    xapic_page_sync(v);
    return v;
}

static void code(unsigned size, const uint8_t *bytes)
{
    fake.code_size = size;
    memcpy(fake.code, bytes, size);
}

#define CODE(...) code(sizeof((const uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static struct vm_exit fault_at(unsigned offset)
{
    return (struct vm_exit){
        .kind = EXIT_PAGE_FAULT, .info = APIC_BASE_PA + offset, .fault = {.write = true}};
}

static uint32_t *scratch_at(unsigned offset)
{
    return (uint32_t *)(fake.step_scratch + offset);
}

static void init_never_reaches_hardware(void)
{
    struct vcpu *v = start();

    v->physical.icr_hi = 1U << 24;
    xapic_page_write(v, APIC_REG_ICR_LO, ICR_LO_INIT);
    CHECK_EQ(ipis, 1);
    CHECK_EQ(last_msg.mode, ICR_MODE_INIT);
    CHECK_EQ(last_msg.dest, 1);
    CHECK(!last_msg.x2apic);
    CHECK_EQ(fake.write_count, 0);
}

static void others_are_passed_on(void)
{
    struct vcpu *v = start();

    xapic_page_write(v, APIC_REG_ICR_LO, ICR_LO_FIXED);
    xapic_page_write(v, APIC_REG_EOI, 0);
    xapic_page_write(v, APIC_REG_TPR, 0x20);
    CHECK_EQ(fake.write_count, 3);
    CHECK_EQ(fake.writes[0].offset, APIC_REG_ICR_LO);
    CHECK_EQ(fake.writes[0].value, ICR_LO_FIXED);
    CHECK_EQ(fake.writes[1].offset, APIC_REG_EOI);
    CHECK_EQ(fake.lapic[APIC_REG_TPR / 16], 0x20);
}

static void id_stays(void)
{
    struct vcpu *v = start();

    xapic_page_write(v, APIC_REG_ID, 7U << 24);
    CHECK_EQ(fake.write_count, 0);
}

static void logical_ids_are_followed(void)
{
    struct vcpu *v = start();

    xapic_page_write(v, APIC_REG_LDR, 4U << 24);
    xapic_page_write(v, APIC_REG_DFR, 0x0FFFFFFF);
    CHECK_EQ(fake_identity(v).ldr, 4U << 24);
    CHECK_EQ(fake_identity(v).dfr, APIC_DFR_CLUSTER);
}

static void page_is_protected_on_this_cpu_only(void)
{
    struct vcpu *v = start();

    xapic_page_map(v);
    CHECK_EQ(fake_lapic_leaf(v).prot, PT_R);
    CHECK_EQ(fake_lapic_leaf(v).hpa, APIC_BASE_PA);
    CHECK_EQ(fake_lapic_leaf(machine.cpus[1]).prot, PT_RWX);
    CHECK_EQ(fake.flushes, 1);
}

static void page_is_nothing_when_off_or_x2apic(void)
{
    struct vcpu *v = start();
    const uint64_t others[] = {APIC_BASE_PA, APIC_BASE_PA | APIC_BASE_EN | APIC_BASE_EXTD};

    for (unsigned i = 0; i < 2; i++) {
        struct vm_exit x = fault_at(APIC_REG_ICR_LO);

        v->apic_base = others[i];
        xapic_page_map(v);
        CHECK_EQ(fake_lapic_leaf(v).hpa, FAKE_VOID_PA);
        CHECK_EQ(xapic_page_fault(v, &x), EXIT_RESUME);
        CHECK_EQ(fake.sinks, i + 1);
    }
    CHECK_EQ(fake.steps, 0);
}

static void a_fetch_from_registers_is_a_fault(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    x.fault.fetch = true;
    x.fault.write = false;
    CHECK_EQ(xapic_page_fault(v, &x), EXIT_INJECT_GP);
    CHECK_EQ(fake.steps, 0);
}

static void other_pages_are_not_mine(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(0x1000);

    CHECK_EQ(xapic_page_fault(v, &x), EXIT_UNHANDLED);
}

static void step_sees_registers_and_replays(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    fake.lapic[APIC_REG_TPR / 16] = 0x30;
    fake.lapic[APIC_REG_SVR / 16] = 0x1FF;
    CHECK_EQ(xapic_page_fault(v, &x), EXIT_RESUME);
    CHECK_EQ(*scratch_at(APIC_REG_TPR), 0x30);
    CHECK_EQ(*scratch_at(APIC_REG_SVR), 0x1FF); /* movs may read it */
    *scratch_at(APIC_REG_TPR) |= 1;
    step_end(v, true);
    CHECK_EQ(fake.write_count, 1);
    CHECK_EQ(fake.lapic[APIC_REG_TPR / 16], 0x31);
}

/* A write of the value that is there already is a write: EOI is always 0. */
static void same_value_is_replayed(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_EOI);

    xapic_page_fault(v, &x);
    step_end(v, true);
    CHECK_EQ(fake.write_count, 1);
    CHECK_EQ(fake.writes[0].offset, APIC_REG_EOI);
}

/* Another CPU has put a load there, after the store faulted: no register is written again. */
static void fault_without_offset_at_a_load(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(0);

    CODE(0x8B, 0x87, 0x00, 0x03, 0x00, 0x00); /* mov 0x300(%rdi), %eax: ICR */
    v->gpr[GPR_RDI] = 0xFFFFFFFF00005000;
    xapic_page_fault(v, &x);
    step_end(v, true);
    CHECK_EQ(fake.write_count, 0);
    CHECK_EQ(ipis, 0);
}

/* Nested KVM reports the page and no offset: the instruction tells the register. */
static void fault_without_offset(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(0);

    CODE(0x89, 0x87, 0xB0, 0x00, 0x00, 0x00); /* mov %eax, 0xB0(%rdi): EOI */
    v->gpr[GPR_RDI] = 0xFFFFFFFF00005000;
    xapic_page_fault(v, &x);
    CHECK(!fake.lapic_was_read[APIC_REG_TPR / 16]); /* it reads nothing, so nothing is copied */
    *scratch_at(APIC_REG_EOI) = 0;
    step_end(v, true);
    CHECK_EQ(fake.write_count, 1);
    CHECK_EQ(fake.writes[0].offset, APIC_REG_EOI);
    CHECK_EQ(fake.writes[0].value, 0);
}

static void segment_bases_count(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(0);

    CODE(0x65, 0x89, 0x47, 0x40); /* mov %eax, %gs:0x40(%rdi): base 40H gives TPR */
    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_TPR) = 0x70;
    step_end(v, true);
    CHECK_EQ(fake.write_count, 1);
    CHECK_EQ(fake.lapic[APIC_REG_TPR / 16], 0x70);
}

/* Neither the fault nor the decoder says the register: each write leaves a trace nevertheless. */
static void any_write_without_offset_is_seen(void)
{
    const struct {
        unsigned offset;
        uint32_t value;
    } cases[] = {
        {APIC_REG_EOI, 0},
        {APIC_REG_ICR_LO, ICR_LO_FIXED},   /* the value that is there */
        {APIC_REG_TIMER_INITIAL, 1000000}, /* likewise */
        {APIC_REG_TPR, 0x40},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vcpu *v = start();
        struct vm_exit x = fault_at(0);

        CODE(0xA5); /* movsl */
        fake.lapic[APIC_REG_ICR_LO / 16] = ICR_LO_FIXED;
        fake.lapic[APIC_REG_TIMER_INITIAL / 16] = 1000000;
        xapic_page_fault(v, &x);
        *scratch_at(cases[i].offset) = cases[i].value;
        step_end(v, true);
        CHECK_EQ(fake.write_count, 1);
        CHECK_EQ(fake.writes[0].offset, cases[i].offset);
        CHECK_EQ(fake.writes[0].value, cases[i].value);
    }
}

/* A read-modify-write finds its register, and costs the read of that one. */
static void read_modify_write_copies_one(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_SVR);

    CODE(0x09, 0x87, 0xF0, 0x00, 0x00, 0x00); /* or %eax, 0xF0(%rdi) */
    fake.lapic[APIC_REG_SVR / 16] = 0xFF;
    memset(fake.lapic_was_read, 0, sizeof(fake.lapic_was_read));
    xapic_page_fault(v, &x);
    CHECK_EQ(*scratch_at(APIC_REG_SVR), 0xFF);
    CHECK(!fake.lapic_was_read[APIC_REG_TPR / 16]);
    *scratch_at(APIC_REG_SVR) |= 0x100;
    step_end(v, true);
    CHECK_EQ(fake.lapic[APIC_REG_SVR / 16], 0x1FF);
}

/* Another instruction faulted than the one that is there now: the fault's word counts. */
static void instruction_that_disagrees(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    CODE(0x89, 0x87, 0x00, 0x03, 0x00, 0x00); /* mov %eax, 0x300(%rdi) */
    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_TPR) = 0x30;
    step_end(v, true);
    CHECK_EQ(ipis, 0);
    CHECK_EQ(fake.lapic[APIC_REG_TPR / 16], 0x30);
}

/* A stale translation made the step execute a WRMSR: what is replayed must not become MSR writes. */
static void replay_counts_in_xapic_mode_only(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_DFR) = 0x12345678;
    v->apic_base |= APIC_BASE_EXTD;
    step_end(v, true);
    CHECK_EQ(fake.write_count, 0);
}

static void aborted_step_writes_nothing(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_TPR) = 0xFF;
    step_end(v, false);
    CHECK_EQ(fake.write_count, 0);
}

/* One instruction that stores both halves of the ICR: the destination must be in place first. */
static void icr_low_goes_last(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_ICR_LO);

    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_ICR_LO) = ICR_LO_INIT;
    *scratch_at(APIC_REG_ICR_HI) = 1U << 24;
    step_end(v, true);
    CHECK_EQ(ipis, 1);
    CHECK_EQ(last_msg.dest, 1);
}

static void words_between_registers_are_none(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_ICR_LO + 4);

    xapic_page_fault(v, &x);
    *scratch_at(APIC_REG_ICR_LO + 4) = ICR_LO_INIT;
    step_end(v, true);
    CHECK_EQ(ipis, 0);
    CHECK_EQ(fake.write_count, 0);
}

/* The LAPIC has an error bit for it. */
static void reserved_offsets_are_written(void)
{
    for (unsigned offset = 0x540; offset < PAGE_SIZE; offset += 16) {
        struct vcpu *v = start();
        struct vm_exit x = fault_at(offset);

        xapic_page_fault(v, &x);
        *scratch_at(offset) = 0x1234;
        step_end(v, true);
        CHECK_EQ(fake.write_count, 1);
        CHECK_EQ(fake.writes[0].offset, offset);
        CHECK_EQ(fake.writes[0].value, 0x1234);
    }
}

/* One that is not there would leave an error in the ESR for the guest to find. */
static void only_registers_that_exist_are_read(void)
{
    const struct {
        uint32_t version, features;
        bool reads_feature, reads_ier, reads_first_lvt, reads_last_lvt;
    } cases[] = {
        {0x50014, 0, false, false, false, false},
        {0x80050010, 0, true, false, false, false},
        {0x80050010, APIC_EXT_HAS_IER, true, true, false, false},
        {0x80050010, 1U << APIC_EXT_LVT_SHIFT, true, false, true, false},
        {0x80050010, 4U << APIC_EXT_LVT_SHIFT | APIC_EXT_HAS_IER, true, true, true, true},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vcpu *v = start();
        struct vm_exit x = fault_at(APIC_REG_TPR);

        fake.lapic[APIC_REG_VERSION / 16] = cases[i].version;
        fake.lapic[APIC_REG_EXT_FEATURE / 16] = cases[i].features;
        v->apic->page.version = 0;
        memset(fake.lapic_was_read, 0, sizeof(fake.lapic_was_read));
        xapic_page_sync(v);
        xapic_page_fault(v, &x);
        CHECK(fake.lapic_was_read[APIC_REG_TPR / 16]);
        CHECK(!fake.lapic_was_read[APIC_REG_RRD / 16]);
        CHECK_EQ(fake.lapic_was_read[APIC_REG_EXT_FEATURE / 16], cases[i].reads_feature);
        CHECK_EQ(fake.lapic_was_read[APIC_REG_EXT_IER / 16], cases[i].reads_ier);
        CHECK(!fake.lapic_was_read[0x420 / 16]); /* SEOI: reading it is of no use */
        CHECK_EQ(fake.lapic_was_read[APIC_REG_EXT_LVT / 16], cases[i].reads_first_lvt);
        CHECK_EQ(fake.lapic_was_read[APIC_REG_EXT_LAST / 16], cases[i].reads_last_lvt);
        step_end(v, true);
    }
}

static void stack_in_the_page(void)
{
    struct vcpu *v = start();
    struct vm_exit x = fault_at(APIC_REG_TPR);

    x.fault.in_event = true;
    CHECK_EQ(xapic_page_fault(v, &x), EXIT_RESUME);
    CHECK_EQ(fake.injected.vector, VEC_DF);
    CHECK(fake.injected.has_error);
    x.fault.in_double_fault = true;
    CHECK_EQ(xapic_page_fault(v, &x), EXIT_INJECT_TRIPLE);
    CHECK_EQ(fake.steps, 0);
}

int main(void)
{
    TEST_RUN(init_never_reaches_hardware);
    TEST_RUN(others_are_passed_on);
    TEST_RUN(id_stays);
    TEST_RUN(logical_ids_are_followed);
    TEST_RUN(page_is_protected_on_this_cpu_only);
    TEST_RUN(page_is_nothing_when_off_or_x2apic);
    TEST_RUN(a_fetch_from_registers_is_a_fault);
    TEST_RUN(other_pages_are_not_mine);
    TEST_RUN(step_sees_registers_and_replays);
    TEST_RUN(same_value_is_replayed);
    TEST_RUN(fault_without_offset);
    TEST_RUN(fault_without_offset_at_a_load);
    TEST_RUN(segment_bases_count);
    TEST_RUN(any_write_without_offset_is_seen);
    TEST_RUN(read_modify_write_copies_one);
    TEST_RUN(instruction_that_disagrees);
    TEST_RUN(replay_counts_in_xapic_mode_only);
    TEST_RUN(aborted_step_writes_nothing);
    TEST_RUN(icr_low_goes_last);
    TEST_RUN(words_between_registers_are_none);
    TEST_RUN(reserved_offsets_are_written);
    TEST_RUN(only_registers_that_exist_are_read);
    TEST_RUN(stack_in_the_page);
    return test_done();
}
