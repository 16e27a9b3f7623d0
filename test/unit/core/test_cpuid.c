/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID exits: what is remembered of leaf 1 and what is not, and the counters in Lapwing's own leaves. */
#include "core/cpuid.h"

#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "core/cpuid_list.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/virt.h"
#include "config.h"
#include "test.h"

#define OSXSAVE BIT32(27)
#define APIC    BIT32(9)
#define MONITOR BIT32(3)
#define VMX     BIT32(5)

const char apic_strategy_name[] = "test";
const bool apic_shows_x2apic, apic_locks_x2apic, apic_is_virtual;
const uint32_t virt_vendor_id;
struct machine machine;

static struct vcpu cpus[2];
static struct cpuid_regs hardware;
static unsigned asked;
static uint64_t cr4;

struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)leaf;
    (void)subleaf;
    asked++;
    return hardware;
}

uint64_t virt_cr4(const struct vcpu *v)
{
    (void)v;
    return cr4;
}

void virt_filter_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)v;
    (void)leaf;
    (void)subleaf;
    (void)r;
}

void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)leaf;
    (void)subleaf;
    (void)r;
}

static void ask(struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    v->gpr[GPR_RAX] = UINT64_C(0xAAAAAAAA00000000) | leaf;
    v->gpr[GPR_RCX] = subleaf;
    cpuid_handle(v);
}

static struct vcpu *start(void)
{
    static struct vcpu *all[] = {&cpus[0], &cpus[1]};

    memset(cpus, 0, sizeof(cpus));
    machine.cpus = all;
    machine.cpu_count = 2;
    hardware = (struct cpuid_regs){0x906ED, 0x00040800, MONITOR | VMX | OSXSAVE, APIC | 1};
    asked = 0;
    cr4 = 0;
    return &cpus[0];
}

static void leaf_1_is_asked_once(void)
{
    struct vcpu *v = start();

    v->apic_base = APIC_BASE_EN;
    for (unsigned i = 0; i < 3; i++) {
        ask(v, 1, i);
        CHECK_EQ(v->gpr[GPR_RAX], 0x906ED);
        CHECK_EQ(v->gpr[GPR_RBX], 0x00040800);
        CHECK_EQ(v->gpr[GPR_RCX] & ~BIT(31), MONITOR);
        CHECK_EQ(v->gpr[GPR_RDX], APIC | 1);
    }
    CHECK_EQ(asked, 1);
}

/* They are the guest's own, whatever the hardware says of the host. */
static void osxsave_and_apic_follow_the_guest(void)
{
    struct vcpu *v = start();

    for (unsigned i = 0; i < 4; i++) {
        cr4 = i & 1 ? CR4_OSXSAVE : 0;
        v->apic_base = i & 2 ? APIC_BASE_EN : 0;
        ask(v, 1, 0);
        CHECK_EQ(v->gpr[GPR_RCX] & OSXSAVE, i & 1 ? OSXSAVE : 0);
        CHECK_EQ(v->gpr[GPR_RDX] & APIC, i & 2 ? APIC : 0);
    }
    CHECK_EQ(asked, 1);
}

/* A write to an MSR that two CPUs share may change what both show. */
static void what_is_forgotten_is_asked_again(void)
{
    struct vcpu *v = start();

    ask(&cpus[1], 1, 0);
    ask(v, 1, 0);
    hardware.ecx &= ~MONITOR;
    cpuid_forget();
    for (unsigned i = 0; i < 2; i++) {
        ask(&cpus[i], 1, 0);
        CHECK_EQ(cpus[i].gpr[GPR_RCX] & MONITOR, 0);
    }
    CHECK_EQ(asked, 4);
}

static void other_leaves_are_asked_each_time(void)
{
    struct vcpu *v = start();

    ask(v, 4, 0);
    ask(v, 4, 0);
    CHECK_EQ(asked, 2);
}

/* A counter is the sum of its kinds and events, its longest exit the longest of them. */
static void counters_by_kind(void)
{
    struct vcpu *v = start();

    v->exits[EXIT_MSR_READ] = UINT64_C(0x100000001);
    v->exits[EXIT_MSR_WRITE] = 2;
    v->longest[EXIT_MSR_READ] = 70;
    v->longest[EXIT_MSR_WRITE] = 90;
    v->longest[EXIT_IO] = 80;
    v->events[COUNTER_KICK] = 5;
    v->figures[FIGURE_CYCLES] = 7;
    CHECK_EQ(counter_value(v, COUNTER_MSR), UINT64_C(0x100000003));
    CHECK_EQ(counter_value(v, COUNTER_KICK), 5);
    CHECK_EQ(counter_value(v, COUNTER_COUNT), 0);
    CHECK_EQ(counter_longest(v, COUNTER_MSR), 90);
    CHECK_EQ(counter_longest(v, COUNTER_IO), 80);
    CHECK_EQ(counter_longest(v, COUNTER_COUNT), 0);
    CHECK_EQ(figure_value(v, FIGURE_CYCLES), 7);
    CHECK_EQ(figure_value(v, FIGURE_LONGEST), 90);
    CHECK_EQ(figure_value(v, FIGURE_COUNT), 0);
}

int main(void)
{
    TEST_RUN(leaf_1_is_asked_once);
    TEST_RUN(osxsave_and_apic_follow_the_guest);
    TEST_RUN(what_is_forgotten_is_asked_again);
    TEST_RUN(other_leaves_are_asked_each_time);
    TEST_RUN(counters_by_kind);
    return test_done();
}
