/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x2apic-exits: how many exits the LAPIC costs where the hardware serves it, by Lapwing's own
 * counters on every CPU: an IPI 1 at the sender and none at the receiver, everything else none.
 * Counting costs only CPUID exits, which are left out.
 *
 * strategy     guest's mode   IPI              EOI, TPR, self-IPI, reads   timer
 * x2apic_msr   x2APIC         1, an MSR exit   0                           0
 * apicv        both           1                0                           not promised
 *
 * xAPIC mode under x2apic_msr is as under xapic_ept: lapic-exits counts that. Bare, and under
 * xapic_ept, which hides x2APIC mode, everything is skipped.
 */
#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/irq_count.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define ACCESSES        100
#define LEAF1_DEADLINE  BIT32(24) /* ECX */
#define DEADLINE_NEVER  (UINT64_MAX / 2)
#define EOIS            20
#define VECTOR_RECEIVED (VECTOR_TEST + 1)

const char payload_name[] = "x2apic-exits";

static const char *unfit(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (!leaf.base)
        return "bare";
    if (!leaf.shows_x2apic)
        return "x2APIC mode is hidden";
    return NULL;
}

static const char *unfit_for_xapic(void)
{
    if (unfit())
        return unfit();
    if (this_cpu()->x2apic)
        return "handed over in x2APIC mode";
    return leaf_lapic_is_virtual() ? NULL : "lapic-exits counts this";
}

static const char *unfit_for_x2apic(void)
{
    if (unfit())
        return unfit();
    return this_cpu()->x2apic ? NULL : "no x2APIC";
}

struct cost {
    uint64_t msr, all; /* `all` without CPUID */
};

static struct cost count(void)
{
    return (struct cost){.msr = leaf_counter("msr"), .all = leaf_other_exits()};
}

static struct cost since(struct cost before)
{
    struct cost now = count();

    return (struct cost){now.msr - before.msr, now.all - before.all};
}

/* One kind of access, ACCESSES times between two counts with interrupts off. */
struct measurement {
    void (*access)(unsigned n);
    struct cost cost;
};

static void measure(void *arg)
{
    struct measurement *m = arg;
    bool enabled = read_flags() & EFLAGS_IF;
    struct cost before;

    irq_disable();
    m->access(0); /* translations may be filled in lazily */
    before = count();
    for (unsigned n = 0; n < ACCESSES; n++)
        m->access(n);
    m->cost = since(before);
    if (enabled)
        irq_enable();
}

/* `each` exits for each access, on every CPU; with a physical LAPIC they are MSR exits. */
static void expect(const char *name, void (*access)(unsigned n), unsigned each)
{
    bool msr_only = !leaf_lapic_is_virtual();

    tap_next("%s", name);
    for (unsigned i = 0; i < cpu_count(); i++) {
        struct measurement m = {.access = access};

        tap_check(on_cpu(i, measure, &m), "CPU %u does not answer, or an exception", i);
        tap_check(m.cost.all == ACCESSES * each, "CPU %u: %lu exits for %u, want %u each", i,
                  (unsigned long)m.cost.all, ACCESSES, each);
        tap_check(!msr_only || m.cost.msr == m.cost.all, "CPU %u: only %lu of %lu are MSR exits", i,
                  (unsigned long)m.cost.msr, (unsigned long)m.cost.all);
    }
}

static void no_access(unsigned n)
{
    (void)n;
    cpu_pause();
}

static void read_access(unsigned n)
{
    static const enum lapic_reg regs[] = {LAPIC_ID,  LAPIC_VERSION, LAPIC_TPR, LAPIC_SVR,
                                          LAPIC_LDR, LAPIC_ICR,     LAPIC_ISR, LAPIC_IRR};

    (void)lapic_read(regs[n % ARRAY_SIZE(regs)]);
}

static void write_eoi(unsigned n)
{
    (void)n;
    lapic_eoi();
}

/* Down to 0 in the end; no interrupt is pending that a lower one could let through. */
static void write_tpr(unsigned n)
{
    lapic_write(LAPIC_TPR, (ACCESSES - 1 - n) & 0xF0);
}

static void send_self_ipi(unsigned n)
{
    (void)n;
    lapic_write(LAPIC_SELF_IPI, VECTOR_TEST);
}

static void read_timer(unsigned n)
{
    (void)lapic_read(n % 2 ? LAPIC_TIMER_CURRENT : LAPIC_TIMER_INITIAL);
}

static void arm_timer(unsigned n)
{
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TEST);
    lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_TIMER_DIV_1);
    lapic_write(LAPIC_TIMER_INITIAL, 0x7FFFFFFF - n);
    lapic_write(LAPIC_TIMER_INITIAL, 0);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
}

static void arm_deadline(unsigned n)
{
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_DEADLINE | VECTOR_TEST);
    wrmsr(MSR_TSC_DEADLINE, DEADLINE_NEVER - n);
    (void)rdmsr(MSR_TSC_DEADLINE);
    wrmsr(MSR_TSC_DEADLINE, 0);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_LVT_MASKED);
}

static void send_ipi(unsigned n)
{
    uint32_t other = cpu_at((this_cpu()->index + 1) % cpu_count())->apic_id;

    if (this_cpu()->x2apic)
        lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_TEST, n % 2 ? other : 0xFFFFFFF0);
    else /* to whom the last one went: the destination is a register of its own */
        lapic_write(LAPIC_ICR, ICR_FIXED | ICR_ASSERT | VECTOR_TEST);
}

static void send_shorthand(unsigned n)
{
    uint32_t low = ICR_FIXED | ICR_ASSERT | VECTOR_TEST | (n % 2 ? ICR_ALL : ICR_ALL_BUT_ME);

    if (this_cpu()->x2apic)
        lapic_ipi(low, 0);
    else
        lapic_write(LAPIC_ICR, low);
}

static void send_to_self(unsigned n)
{
    uint32_t low = ICR_FIXED | ICR_ASSERT | VECTOR_TEST | ICR_SELF;

    (void)n;
    if (this_cpu()->x2apic)
        lapic_ipi(low, 0);
    else
        lapic_write(LAPIC_ICR, low);
}

static void case_no_exits(void)
{
    irq_count_begin();
    expect("nothing", no_access, 0);
    expect("reads", read_access, 0);
    expect("TPR", write_tpr, 0);
    expect("EOI", write_eoi, 0);
    tap_next("self-IPI");
    if (this_cpu()->x2apic)
        expect("self-IPI", send_self_ipi, 0);
    else
        tap_skip("x2APIC mode has the register");
}

static void case_timer(void)
{
    if (leaf_lapic_is_virtual()) {
        tap_skip("a virtual LAPIC promises nothing");
        return;
    }
    irq_count_begin();
    expect("current count", read_timer, 0);
    expect("initial count", arm_timer, 0);
    tap_next("TSC deadline");
    if (cpuid(1, 0).ecx & LEAF1_DEADLINE)
        expect("TSC deadline", arm_deadline, 0);
    else
        tap_skip("this CPU has none");
}

static void case_sender(void)
{
    irq_count_begin();
    expect("to another CPU", send_ipi, 1);
    expect("shorthands", send_shorthand, 1);
    /* On the virtual page the processor does it by itself ("Self-IPI Virtualization"). */
    expect("shorthand self", send_to_self, this_cpu()->x2apic);
}

/* The LAPIC's own interrupt, taken and acknowledged: EOI of one that is in service. */
struct taken {
    struct cost cost;
    unsigned arrived;
};

static void take_own(void *arg)
{
    struct taken *t = arg;
    unsigned index = this_cpu()->index, first = irq_count(index, VECTOR_TEST);
    struct cost before = count();

    for (unsigned n = 1; n <= EOIS; n++) {
        lapic_write(LAPIC_SELF_IPI, VECTOR_TEST);
        for (unsigned spin = 0; spin < 1000000 && irq_count(index, VECTOR_TEST) < first + n; spin++)
            cpu_pause();
    }
    t->cost = since(before);
    t->arrived = irq_count(index, VECTOR_TEST) - first;
}

static void case_taken(void)
{
    if (!this_cpu()->x2apic) {
        tap_skip("x2APIC mode has the self-IPI register");
        return;
    }
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        struct taken t = {0};

        tap_check(on_cpu(i, take_own, &t), "CPU %u does not answer", i);
        tap_check(t.arrived == EOIS, "CPU %u: %u interrupts, want %u", i, t.arrived, EOIS);
        tap_check(t.cost.all == 0, "CPU %u: %lu exits for %u self-IPIs and EOIs", i,
                  (unsigned long)t.cost.all, EOIS);
    }
}

/* Runs with interrupts on while IPIs come; its own exits are what counts. */
static struct {
    atomic_bool ready, stop;
    struct cost cost;
} receiver;

static void receive(void *arg)
{
    struct cost before = count();

    (void)arg;
    atomic_store(&receiver.ready, true);
    while (!atomic_load(&receiver.stop))
        cpu_pause();
    receiver.cost = since(before);
}

static void case_receiver(void)
{
    if (cpu_count() < 2) {
        tap_skip("one CPU");
        return;
    }
    irq_count_begin();
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned n = 0;

        atomic_store(&receiver.ready, false);
        atomic_store(&receiver.stop, false);
        cpu_post(i, receive, NULL);
        while (!atomic_load(&receiver.ready))
            cpu_pause();
        for (; n < ACCESSES; n++) {
            lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_RECEIVED, cpu_at(i)->apic_id);
            if (!tap_check(irq_count_wait(i, VECTOR_RECEIVED, n + 1), "CPU %u: IPI %u is lost", i,
                           n))
                break;
        }
        atomic_store(&receiver.stop, true);
        tap_check(cpu_join(i, CPU_TIMEOUT_MS), "CPU %u does not answer", i);
        tap_check(irq_count(i, VECTOR_RECEIVED) == n, "CPU %u: %u interrupts for %u", i,
                  irq_count(i, VECTOR_RECEIVED), n);
        tap_check(receiver.cost.all == 0, "CPU %u: %lu exits for %u interrupts", i,
                  (unsigned long)receiver.cost.all, n);
    }
}

static void enter(void *arg)
{
    (void)arg;
    lapic_enter_x2apic();
    lapic_enable();
}

static void case_enter_x2apic(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(on_cpu(i, enter, NULL), "CPU %u", i);
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
    }
}

static const char *unfit_to_enter(void)
{
    if (unfit())
        return unfit();
    return lapic_has_x2apic() ? NULL : "no x2APIC";
}

/* clang-format off */
#define IN_EACH_MODE(prefix, unfit) \
    {prefix "no-exits", case_no_exits, unfit}, \
    {prefix "timer", case_timer, unfit}, \
    {prefix "sender", case_sender, unfit}, \
    {prefix "receiver", case_receiver, unfit}, \
    {prefix "taken", case_taken, unfit}
/* clang-format on */

const struct payload_case payload_cases[] = {
    IN_EACH_MODE("xapic-", unfit_for_xapic),
    {"enter-x2apic", case_enter_x2apic, unfit_to_enter},
    IN_EACH_MODE("x2apic-", unfit_for_x2apic),
    {NULL, NULL, NULL},
};
