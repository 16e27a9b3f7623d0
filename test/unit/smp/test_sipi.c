/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software wait-for-SIPI: the architecture's table row by row, and every sequence of posts and
 * takes up to a length against two models without a mailbox. In one model each event happens when
 * it is sent. The other looks at the whole history at once. At each point of each sequence the
 * consumer may catch up, and must then be where both models are.
 */
#include "smp/sipi.h"

#include "test.h"

static void architecture_table(void)
{
    static const struct {
        enum run_state state;
        bool is_bsp;
        enum sipi_event event;
        enum run_state next;
        enum sipi_action action;
    } rows[] = {
#define RUN  RUN_STATE_RUNNING
#define WAIT RUN_STATE_WAIT_SIPI
        {RUN, false, SIPI_EVENT_INIT, WAIT, SIPI_ACTION_RESET_AND_PARK},
        {RUN, true, SIPI_EVENT_INIT, RUN, SIPI_ACTION_RESET_AND_CONTINUE},
        {RUN, false, SIPI_EVENT_SIPI, RUN, SIPI_ACTION_NONE},
        {RUN, true, SIPI_EVENT_SIPI, RUN, SIPI_ACTION_NONE},
        {WAIT, false, SIPI_EVENT_SIPI, RUN, SIPI_ACTION_START_AT},
        {WAIT, false, SIPI_EVENT_INIT, WAIT, SIPI_ACTION_STAY_PARKED},
#undef RUN
#undef WAIT
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (unsigned vector = 0; vector < 256; vector++) {
            const struct sipi_step step =
                sipi_next(rows[i].state, rows[i].is_bsp, rows[i].event, (uint8_t)vector);

            CHECK_MSG(step.state == rows[i].next && step.action == rows[i].action, "row %zu", i);
            CHECK_EQ(step.vector, rows[i].action == SIPI_ACTION_START_AT ? vector : 0);
        }
}

/* Where a CPU is: its state, and what it last began to run at. */
#define AT_FIRST        (-1) /* as it was when the sequence began */
#define AT_RESET_VECTOR (-2)
#define AT_NOTHING      (-3) /* parked by an INIT */

struct place {
    enum run_state state;
    int at; /* a SIPI vector, or one of the above */
};

/* The code under test: one mailbox, one CPU. */
struct cpu {
    struct place place;
    uint32_t mailbox;
};

static void act(struct cpu *cpu, bool is_bsp, enum sipi_event event, uint8_t vector)
{
    const enum run_state before = cpu->place.state;
    const struct sipi_step step = sipi_next(before, is_bsp, event, vector);

    switch (step.action) {
    case SIPI_ACTION_NONE:
        CHECK(before == RUN_STATE_RUNNING && step.state == before);
        break;
    case SIPI_ACTION_STAY_PARKED:
        CHECK(before == RUN_STATE_WAIT_SIPI && step.state == before);
        break;
    case SIPI_ACTION_RESET_AND_PARK:
        CHECK(before == RUN_STATE_RUNNING && step.state == RUN_STATE_WAIT_SIPI && !is_bsp);
        cpu->place.at = AT_NOTHING;
        break;
    case SIPI_ACTION_RESET_AND_CONTINUE:
        CHECK(before == RUN_STATE_RUNNING && step.state == before && is_bsp);
        cpu->place.at = AT_RESET_VECTOR;
        break;
    case SIPI_ACTION_START_AT:
        CHECK(before == RUN_STATE_WAIT_SIPI && step.state == RUN_STATE_RUNNING);
        cpu->place.at = step.vector;
        break;
    }
    cpu->place.state = step.state;
}

static bool take_one(struct cpu *cpu, bool is_bsp)
{
    const struct mailbox_take take = mailbox_take(cpu->mailbox);

    cpu->mailbox = take.rest;
    if (take.any)
        act(cpu, is_bsp, take.event, take.vector);
    return take.any;
}

/* First model: what the bare machine does at the moment of the event. */
static void happen(struct place *p, bool is_bsp, enum sipi_event event, uint8_t vector)
{
    if (event == SIPI_EVENT_INIT && is_bsp)
        p->at = AT_RESET_VECTOR;
    else if (event == SIPI_EVENT_INIT && p->state == RUN_STATE_RUNNING)
        *p = (struct place){RUN_STATE_WAIT_SIPI, AT_NOTHING};
    else if (event == SIPI_EVENT_SIPI && p->state == RUN_STATE_WAIT_SIPI)
        *p = (struct place){RUN_STATE_RUNNING, vector};
}

#define MAX_LENGTH 7

/* Second model: the first SIPI after the last INIT decides, for a CPU that waits for one. */
struct history {
    enum sipi_event events[MAX_LENGTH];
    unsigned length;
};

/* Each SIPI of a sequence has its own vector, so that a start tells which one it came from. */
static uint8_t vector_of(unsigned position)
{
    return (uint8_t)(position * 36);
}

static struct place look_back(const struct history *h, struct place first, bool is_bsp)
{
    unsigned from = 0;
    struct place p = first;

    for (unsigned i = 0; i < h->length; i++)
        if (h->events[i] == SIPI_EVENT_INIT) {
            from = i;
            p.state = is_bsp ? RUN_STATE_RUNNING : RUN_STATE_WAIT_SIPI;
            p.at = is_bsp ? AT_RESET_VECTOR : AT_NOTHING;
        }
    for (unsigned i = from; i < h->length; i++)
        if (h->events[i] == SIPI_EVENT_SIPI && p.state == RUN_STATE_WAIT_SIPI)
            return (struct place){RUN_STATE_RUNNING, vector_of(i)};
    return p;
}

/* A CPU parked from the start and one parked by an INIT are the same to the guest. */
static bool same_place(struct place a, struct place b)
{
    return a.state == b.state && (a.state == RUN_STATE_WAIT_SIPI || a.at == b.at);
}

static void check_caught_up(struct cpu cpu, struct place model, const struct history *h,
                            struct place first, bool is_bsp)
{
    unsigned takes = 0;

    while (take_one(&cpu, is_bsp))
        takes++;
    CHECK(takes <= 2);
    CHECK_EQ(cpu.mailbox, MAILBOX_EMPTY);
    CHECK_MSG(same_place(cpu.place, model),
              "state %d at %d, model %d at %d; %u events, the last is %d", cpu.place.state,
              cpu.place.at, model.state, model.at, h->length,
              h->length != 0 ? (int)h->events[h->length - 1] : -1);
    CHECK(same_place(model, look_back(h, first, is_bsp)));
}

/* All continuations: one of six events is posted, or the consumer takes one entry. */
static void explore(struct cpu cpu, struct place model, struct history h, struct place first,
                    bool is_bsp, unsigned left)
{
    check_caught_up(cpu, model, &h, first, is_bsp);
    if (left == 0)
        return;

    for (unsigned event = SIPI_EVENT_INIT; event <= SIPI_EVENT_SIPI; event++) {
        const uint8_t vector = vector_of(h.length);
        struct cpu next = cpu;
        struct place next_model = model;
        struct history longer = h;

        next.mailbox = mailbox_post(next.mailbox, (enum sipi_event)event, vector);
        happen(&next_model, is_bsp, (enum sipi_event)event, vector);
        longer.events[longer.length++] = (enum sipi_event)event;
        explore(next, next_model, longer, first, is_bsp, left - 1);
    }
    if (take_one(&cpu, is_bsp))
        explore(cpu, model, h, first, is_bsp, left - 1);
}

static void explore_from(enum run_state state, bool is_bsp)
{
    const struct place first = {state, AT_FIRST};
    const struct cpu cpu = {first, MAILBOX_EMPTY};
    const struct history none = {.length = 0};

    explore(cpu, first, none, first, is_bsp, MAX_LENGTH);
}

static void sequences_at_a_running_ap(void)
{
    explore_from(RUN_STATE_RUNNING, false);
}

static void sequences_at_a_parked_ap(void)
{
    explore_from(RUN_STATE_WAIT_SIPI, false);
}

static void sequences_at_the_bsp(void)
{
    explore_from(RUN_STATE_RUNNING, true);
}

/* The word itself: every reachable one, every vector. */
static void mailbox_words(void)
{
    for (unsigned v = 0; v < 256; v++) {
        const uint8_t vector = (uint8_t)v;
        const uint8_t other = (uint8_t)(v ^ 0x5a);
        const uint32_t sipi = mailbox_post(MAILBOX_EMPTY, SIPI_EVENT_SIPI, vector);
        const uint32_t init = mailbox_post(MAILBOX_EMPTY, SIPI_EVENT_INIT, vector);
        const uint32_t both = mailbox_post(init, SIPI_EVENT_SIPI, vector);
        struct mailbox_take take;

        CHECK_EQ(mailbox_post(sipi, SIPI_EVENT_INIT, other), init);
        CHECK_EQ(mailbox_post(both, SIPI_EVENT_INIT, other), init);
        CHECK_EQ(mailbox_post(init, SIPI_EVENT_INIT, other), init);
        CHECK_EQ(mailbox_post(sipi, SIPI_EVENT_SIPI, other), sipi);
        CHECK_EQ(mailbox_post(both, SIPI_EVENT_SIPI, other), both);

        take = mailbox_take(both);
        CHECK(take.any && take.event == SIPI_EVENT_INIT && take.vector == 0);
        CHECK_EQ(take.rest, sipi);
        take = mailbox_take(take.rest);
        CHECK(take.any && take.event == SIPI_EVENT_SIPI && take.vector == vector);
        CHECK_EQ(take.rest, MAILBOX_EMPTY);
        take = mailbox_take(take.rest);
        CHECK(!take.any && take.rest == MAILBOX_EMPTY);
    }
}

/*
 * What Linux does for each CPU, and a CPU that is slow: INIT, de-assert, SIPI, SIPI, then a look.
 */
static void linux_bring_up(void)
{
    struct cpu cpu = {{RUN_STATE_RUNNING, AT_FIRST}, MAILBOX_EMPTY};

    for (int round = 0; round < 3; round++) {
        cpu.mailbox = mailbox_post(cpu.mailbox, SIPI_EVENT_INIT, 0);
        cpu.mailbox = mailbox_post(cpu.mailbox, SIPI_EVENT_SIPI, 0x9a);
        cpu.mailbox = mailbox_post(cpu.mailbox, SIPI_EVENT_SIPI, 0x9a);
        CHECK(take_one(&cpu, false));
        CHECK_EQ(cpu.place.state, RUN_STATE_WAIT_SIPI);
        CHECK(take_one(&cpu, false));
        CHECK_EQ(cpu.place.state, RUN_STATE_RUNNING);
        CHECK_EQ(cpu.place.at, 0x9a);
        CHECK(!take_one(&cpu, false));
    }
}

int main(void)
{
    TEST_RUN(architecture_table);
    TEST_RUN(mailbox_words);
    TEST_RUN(linux_bring_up);
    TEST_RUN(sequences_at_a_running_ap);
    TEST_RUN(sequences_at_a_parked_ap);
    TEST_RUN(sequences_at_the_bsp);
    return test_done();
}
