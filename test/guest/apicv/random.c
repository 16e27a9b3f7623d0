/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random IPIs from every CPU to every CPU at the same time, in rounds, against a model. In each
 * round some CPUs have interrupts off, and each has a TPR of its own. An addressed CPU must have
 * exactly the vectors that were sent, requested or taken, and no other CPU may have one. Nothing is
 * taken with IF = 0 or under the TPR. What was held back comes in the order of priority, once. A
 * lowest-priority IPI comes to one CPU.
 */
#include <lapwing/string.h>
#include "apicv/cases.h"
#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define CPUS_MAX     8
#define BURST        6 /* messages of each CPU a round */
#define IPIS_FLAT    40000
#define IPIS_CLUSTER 20000
#define IPIS_X2APIC  40000
#define FIRST_FIXED  0x50
#define LAST_FIXED   0x6F
#define FIRST_LOWEST 0x70 /* one vector a message and round, so that nothing merges */
#define LAST_LOWEST  (FIRST_LOWEST + CPUS_MAX * BURST - 1)
#define TIMEOUT_US   200000
#define ICR_LOWEST   0x100u

enum model { FLAT, CLUSTER, X2APIC };

struct message {
    uint32_t low, dest;
    bool counts; /* addresses somebody; otherwise nobody may get it */
};

struct round {
    struct message messages[CPUS_MAX][BURST];
    bool masked[CPUS_MAX];
    uint8_t tpr[CPUS_MAX];
    uint16_t fixed[CPUS_MAX][256]; /* how many messages with that vector reach the CPU */
    uint32_t candidates[256];      /* of a lowest-priority message: bit n is CPU n */
};

/* What a CPU took. Written by its handler. */
struct taken {
    unsigned total;
    uint16_t count[256];
    uint8_t order[512];
    unsigned illegal; /* with IF = 0, or not above the TPR */
};

static struct round round;
static struct taken taken[CPUS_MAX];
static uint8_t current_tpr[CPUS_MAX];
static enum model model;
static unsigned cpus;
static uint64_t seed;
static atomic_uint barrier_count, barrier_turn;
static atomic_bool failed;
static char why[160];

static uint32_t random_u32(void)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33);
}

__attribute__((format(printf, 1, 2))) static void fail(const char *format, ...)
{
    va_list args;

    if (atomic_exchange(&failed, true))
        return;
    va_start(args, format);
    format_text_va(why, sizeof(why), format, args);
    va_end(args);
}

/* Spins as the caller is: with interrupts on or off. */
static void barrier(void)
{
    unsigned turn = atomic_load(&barrier_turn);

    if (atomic_fetch_add(&barrier_count, 1) + 1 == cpus) {
        atomic_store(&barrier_count, 0);
        atomic_fetch_add(&barrier_turn, 1);
        return;
    }
    while (atomic_load(&barrier_turn) == turn)
        cpu_pause();
}

static uint32_t logical_id(unsigned cpu)
{
    uint32_t id = cpu_at(cpu)->apic_id;

    switch (model) {
    case FLAT:
        return 1U << cpu;
    case CLUSTER:
        return (cpu / 2) << 4 | 1U << cpu % 2;
    default:
        return (id & ~0xFU) << 12 | 1U << (id & 0xF);
    }
}

static bool addressed(const struct message *m, unsigned sender, unsigned cpu)
{
    uint32_t all = model == X2APIC ? 0xFFFFFFFF : 0xFF, logical = logical_id(cpu);

    switch (m->low & ICR_ALL_BUT_ME) {
    case ICR_SELF:
        return cpu == sender;
    case ICR_ALL:
        return true;
    case ICR_ALL_BUT_ME:
        return cpu != sender;
    default:
        break;
    }
    if (m->dest == all)
        return true;
    if (!(m->low & ICR_LOGICAL))
        return m->dest == cpu_at(cpu)->apic_id;
    if (model == FLAT)
        return (m->dest & logical) != 0;
    if (model == CLUSTER)
        return m->dest >> 4 == logical >> 4 && (m->dest & logical & 0xF) != 0;
    return m->dest >> 16 == logical >> 16 && (m->dest & logical & 0xFFFF) != 0;
}

static uint32_t random_logical(void)
{
    switch (model) {
    case FLAT:
        return random_u32() % 0xFF;
    case CLUSTER:
        return (random_u32() % 3) << 4 | random_u32() % 4;
    default:
        return random_u32() % 8 == 0 ? 0x70001 : random_u32() & 0xFF;
    }
}

static void random_message(struct message *m, unsigned sender, unsigned n)
{
    static const uint32_t shorthands[] = {0, 0, 0, 0, ICR_SELF, ICR_ALL, ICR_ALL_BUT_ME};
    uint32_t shorthand = shorthands[random_u32() % ARRAY_SIZE(shorthands)], vector, reached = 0;
    bool lowest = shorthand == 0 && random_u32() % 4 == 0;

    m->low = ICR_ASSERT | shorthand | (lowest ? ICR_LOWEST : ICR_FIXED);
    if (lowest || random_u32() % 2)
        m->low |= ICR_LOGICAL;
    if (m->low & ICR_LOGICAL)
        m->dest = random_logical();
    else if (random_u32() % 8 == 0)
        m->dest = model == X2APIC ? 0xFFFFFFFF : 0xFF;
    else
        m->dest = random_u32() % 8 == 0 ? 0x77 : cpu_at(random_u32() % cpus)->apic_id;
    vector = lowest ? FIRST_LOWEST + sender * BURST + n
                    : FIRST_FIXED + random_u32() % (LAST_FIXED - FIRST_FIXED + 1);
    m->low |= vector;
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        if (!addressed(m, sender, cpu))
            continue;
        reached |= 1U << cpu;
        if (!lowest)
            round.fixed[cpu][vector]++;
    }
    if (lowest)
        round.candidates[vector] = reached;
    m->counts = reached != 0;
}

static void prepare(void)
{
    static const uint8_t tprs[] = {0, 0, 0, 0x4F, 0x50, 0x5F, 0x60, 0x80, 0xFF};

    memset(&round, 0, sizeof(round));
    memset(taken, 0, sizeof(taken));
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        round.masked[cpu] = random_u32() % 2;
        round.tpr[cpu] = tprs[random_u32() % ARRAY_SIZE(tprs)];
        for (unsigned n = 0; n < BURST; n++)
            random_message(&round.messages[cpu][n], cpu, n);
    }
}

static void on_ipi(struct trap_frame *frame)
{
    unsigned cpu = this_cpu()->index;
    struct taken *t = &taken[cpu];
    uint8_t vector = (uint8_t)frame->vector;

    if (!(frame->rflags & EFLAGS_IF) || vector >> 4 <= current_tpr[cpu] >> 4)
        t->illegal++;
    t->count[vector]++;
    if (t->total < sizeof(t->order))
        t->order[t->total] = vector;
    t->total++;
    lapic_eoi();
}

static bool requested(unsigned vector)
{
    return lapic_read((enum lapic_reg)(LAPIC_IRR + vector / 32 * 16)) >> vector % 32 & 1;
}

static bool any_requested(void)
{
    for (unsigned i = FIRST_FIXED / 32; i <= LAST_LOWEST / 32; i++) {
        if (lapic_read((enum lapic_reg)(LAPIC_IRR + i * 16)))
            return true;
    }
    return false;
}

static void set_tpr(unsigned cpu, uint8_t tpr)
{
    /* Never a value here that is higher than what the handler may rely on. */
    if (tpr < current_tpr[cpu])
        current_tpr[cpu] = tpr;
    lapic_write(LAPIC_TPR, tpr);
    current_tpr[cpu] = tpr;
}

/*
 * A vector that has not arrived: neither requested nor, where it may be, taken; 0 if there is none.
 */
static unsigned missing(unsigned cpu)
{
    for (unsigned v = FIRST_FIXED; v <= LAST_FIXED; v++) {
        bool open = !round.masked[cpu] && v >> 4 > round.tpr[cpu] >> 4;

        if (round.fixed[cpu][v] && !(open ? taken[cpu].count[v] != 0 : requested(v)))
            return v;
    }
    return 0;
}

static void check_held_back(unsigned cpu)
{
    uint64_t end = clock_us() + TIMEOUT_US;

    for (unsigned v = missing(cpu); v; v = missing(cpu)) {
        if (clock_us() > end) {
            fail("CPU %u: vector %x did not arrive: IF %u TPR %x PPR %x requested %u", cpu, v,
                 !round.masked[cpu], round.tpr[cpu], lapic_read(LAPIC_PPR), requested(v));
            return;
        }
        cpu_pause();
    }
    for (unsigned v = FIRST_FIXED; v <= LAST_FIXED; v++) {
        if (!round.fixed[cpu][v] && (requested(v) || taken[cpu].count[v]))
            fail("CPU %u: vector %x came, and was not for it", cpu, v);
    }
    if (round.masked[cpu] && taken[cpu].total)
        fail("CPU %u: %u interrupts with IF = 0, first %x", cpu, taken[cpu].total,
             taken[cpu].order[0]);
}

static void check_order(unsigned cpu, unsigned from)
{
    const struct taken *t = &taken[cpu];

    for (unsigned i = from + 1; i < t->total && i < sizeof(t->order); i++) {
        if (t->order[i] >= t->order[i - 1])
            fail("CPU %u: vector %x after %x", cpu, t->order[i], t->order[i - 1]);
    }
}

static void check_counts(unsigned cpu)
{
    const struct taken *t = &taken[cpu];

    if (t->illegal)
        fail("CPU %u: %u interrupts with IF = 0 or under the TPR", cpu, t->illegal);
    for (unsigned v = FIRST_FIXED; v <= LAST_FIXED; v++) {
        unsigned sent = round.fixed[cpu][v], got = t->count[v];

        if (got > sent || (sent && !got) || (round.masked[cpu] && sent && got != 1))
            fail("CPU %u: vector %x sent %u times, taken %u times", cpu, v, sent, got);
    }
}

/* CPU 0, when all have taken everything. */
static void check_lowest(void)
{
    for (unsigned v = FIRST_LOWEST; v <= LAST_LOWEST; v++) {
        unsigned total = 0;

        for (unsigned cpu = 0; cpu < cpus; cpu++) {
            total += taken[cpu].count[v];
            if (taken[cpu].count[v] && !(round.candidates[v] >> cpu & 1))
                fail("CPU %u: lowest-priority vector %x was not for it", cpu, v);
        }
        if (total != (round.candidates[v] ? 1U : 0U))
            fail("lowest-priority vector %x to CPUs %x came %u times", v, round.candidates[v],
                 total);
    }
}

static void one_round(unsigned cpu)
{
    unsigned before;

    set_tpr(cpu, round.tpr[cpu]);
    if (!round.masked[cpu])
        irq_enable();
    barrier();
    for (unsigned n = 0; n < BURST; n++)
        lapic_ipi(round.messages[cpu][n].low, round.messages[cpu][n].dest);
    barrier();
    check_held_back(cpu);
    barrier();
    /* Highest first, since all of it is here. */
    irq_disable();
    before = taken[cpu].total;
    set_tpr(cpu, 0);
    irq_enable();
    for (uint64_t end = clock_us() + TIMEOUT_US; any_requested() && clock_us() < end;)
        cpu_pause();
    irq_disable();
    check_order(cpu, before);
    check_counts(cpu);
}

struct work {
    unsigned rounds;
};

static void worker(void *arg)
{
    const struct work *w = arg;
    unsigned cpu = this_cpu()->index;

    irq_disable();
    lapic_enable();
    if (model != X2APIC) {
        lapic_write(LAPIC_DFR, model == FLAT ? 0xFFFFFFFF : 0x0FFFFFFF);
        lapic_write(LAPIC_LDR, logical_id(cpu) << 24);
    }
    for (unsigned i = 0; i < w->rounds; i++) {
        if (cpu == 0)
            prepare();
        barrier();
        one_round(cpu);
        barrier();
        if (cpu == 0)
            check_lowest();
        barrier();
        if (atomic_load(&failed)) {
            if (cpu == 0)
                print("# round %u of %u\n", i, w->rounds);
            break;
        }
    }
    set_tpr(cpu, 0);
    irq_enable();
}

static void run(enum model m, unsigned ipis)
{
    struct work w;
    uint64_t start = clock_us();

    cpus = cpu_count() < CPUS_MAX ? cpu_count() : CPUS_MAX;
    model = m;
    seed = 12345 + (unsigned)m;
    w.rounds = ipis / (cpus * BURST) + 1;
    atomic_store(&failed, false);
    atomic_store(&barrier_count, 0);
    for (unsigned v = FIRST_FIXED; v <= LAST_LOWEST; v++)
        trap_set_handler(v, on_ipi);
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        cpu_post(cpu, worker, &w);
    worker(&w);
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        CHECK(cpu_join(cpu, CPU_TIMEOUT_MS));
    tap_check(!atomic_load(&failed), "%s", why);
    print("# %u IPIs in %lu ms\n", w.rounds * cpus * BURST,
          (unsigned long)((clock_us() - start) / 1000));
}

void case_random_flat(void)
{
    run(FLAT, IPIS_FLAT);
}

void case_random_cluster(void)
{
    run(CLUSTER, IPIS_CLUSTER);
}

void case_random_x2apic(void)
{
    tap_check(all_enter_x2apic(), "a CPU did not enter x2APIC mode");
    run(X2APIC, IPIS_X2APIC);
}
