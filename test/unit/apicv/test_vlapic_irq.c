/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt acceptance, priorities and EOI against a model that keeps sets of vectors. Then the
 * posted-interrupt descriptor with senders in other threads, and the gate of physical EOIs.
 */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

#include "apic/apicv/eoi_gate.h"
#include "apic/apicv/posted.h"
#include "apic/apicv/vlapic_irq.h"

#define STEPS   200000
#define SENDERS 3
#define POSTS   100000

static bool vlapic_bit(const struct vlapic *vl, unsigned block, unsigned vector)
{
    return vl->regs[(block + vector / 32 * APIC_REG_STRIDE) / sizeof(uint32_t)] >> vector % 32 & 1;
}

static void set_bit(struct vlapic *vl, unsigned block, unsigned vector)
{
    vl->regs[(block + vector / 32 * APIC_REG_STRIDE) / sizeof(uint32_t)] |= BIT32(vector % 32);
}

static uint32_t page[PAGE_SIZE / sizeof(uint32_t)];

static struct vlapic fresh(void)
{
    struct vlapic vl = {.regs = page, .id = 1, .version = 0x50014, .mode = APIC_MODE_XAPIC};

    vlapic_reset(&vl);
    vlapic_write(&vl, APIC_REG_SVR, 0x1ff);
    return vl;
}

struct model {
    bool irr[256], isr[256], tmr[256];
    uint8_t tpr;
};

static int top(const bool set[256])
{
    for (int v = 255; v >= 0; v--) {
        if (set[v])
            return v;
    }
    return VLAPIC_NO_VECTOR;
}

static uint8_t model_ppr(const struct model *m)
{
    int isr = top(m->isr);
    int in_service = isr < 0 ? 0 : isr & 0xf0;

    return (uint8_t)((m->tpr & 0xf0) >= in_service ? m->tpr : in_service);
}

static void compare(const struct vlapic *vl, const struct model *m)
{
    int irr = top(m->irr), isr = top(m->isr);

    CHECK_EQ(vlapic_highest(vl, APIC_REG_IRR), irr);
    CHECK_EQ(vlapic_highest(vl, APIC_REG_ISR), isr);
    CHECK_EQ(vlapic_ppr(vl), model_ppr(m));
    for (unsigned vector = 16; vector < 256; vector += 16)
        CHECK_EQ(vlapic_deliverable(vl, (uint8_t)vector), (vector & 0xf0) > (model_ppr(m) & 0xf0u));
    CHECK_EQ(vlapic_interrupt_status(vl), (irr < 0 ? 0 : irr) | (isr < 0 ? 0 : isr) << 8);
}

static void random_life(void)
{
    struct vlapic vl = fresh();
    struct model m = {0};
    int error;

    srand(1);
    for (unsigned i = 0; i < STEPS; i++) {
        uint8_t vector = (uint8_t)(16 + rand() % 240);

        switch (rand() % 4) {
        case 0: { /* arrives */
            bool level = rand() % 2;
            vlapic_accept(&vl, vector, level);
            m.irr[vector] = true;
            m.tmr[vector] = level;
            CHECK_EQ(vlapic_bit(&vl, APIC_REG_TMR, vector), level);
            break;
        }
        case 1: /* the processor takes one */
            vector = (uint8_t)vlapic_interrupt_status(&vl);
            if (vlapic_deliverable(&vl, vector)) {
                vlapic_clear_bit(&vl, APIC_REG_IRR, vector);
                set_bit(&vl, APIC_REG_ISR, vector);
                m.irr[vector] = false;
                m.isr[vector] = true;
            }
            break;
        case 2:
            error = top(m.isr);
            CHECK_EQ(vlapic_eoi(&vl), error);
            if (error >= 0)
                m.isr[error] = false;
            break;
        default:
            m.tpr = (uint8_t)rand();
            CHECK_EQ(vlapic_write(&vl, APIC_REG_TPR, m.tpr), VLAPIC_TPR);
            break;
        }
        page[APIC_REG_PPR / 4] = vlapic_ppr(&vl); /* as the processor does */
        compare(&vl, &m);
    }
}

static void every_vector(void)
{
    struct vlapic vl = fresh();

    for (unsigned vector = 16; vector < 256; vector++) {
        uint64_t requests[4] = {0};

        requests[vector / 64] = BIT(vector % 64);
        vlapic_accept(&vl, (uint8_t)vector, false);
        CHECK(vlapic_bit(&vl, APIC_REG_IRR, (uint8_t)vector));
        CHECK_EQ(vlapic_highest(&vl, APIC_REG_IRR), vector);
        vlapic_clear_bit(&vl, APIC_REG_IRR, (uint8_t)vector);
        CHECK_EQ(vlapic_highest(&vl, APIC_REG_IRR), VLAPIC_NO_VECTOR);
        CHECK_EQ(vlapic_accept_posted(&vl, requests), vector);
        CHECK_EQ(vlapic_interrupt_status(&vl), vector);
        vlapic_clear_bit(&vl, APIC_REG_IRR, (uint8_t)vector);
    }
}

static void eoi_updates_ppr(void)
{
    struct vlapic vl = fresh();

    set_bit(&vl, APIC_REG_ISR, 0x41);
    set_bit(&vl, APIC_REG_ISR, 0x93);
    CHECK_EQ(vlapic_eoi(&vl), 0x93);
    CHECK_EQ(page[APIC_REG_PPR / 4], 0x40);
    CHECK_EQ(vlapic_eoi(&vl), 0x41);
    CHECK_EQ(page[APIC_REG_PPR / 4], 0);
    CHECK_EQ(vlapic_published_ppr(&vl), vlapic_ppr(&vl));
    CHECK_EQ(vlapic_eoi(&vl), VLAPIC_NO_VECTOR);
}

static void arbitration(void)
{
    struct vlapic_arbitration a = {0};

    vlapic_bid(&a, 3, 0xff);
    CHECK(a.any && a.winner == 3);
    vlapic_bid(&a, 1, 0x20);
    vlapic_bid(&a, 0, 0x20); /* the first of equals keeps it: the caller rotates */
    vlapic_bid(&a, 2, 0x21);
    CHECK_EQ(a.winner, 1);
}

/* As the processor does it: ON first, so that what is posted in between is notified anew. */
static bool processor_takes(struct posted *p, struct vlapic *vl)
{
    bool any = false;

    atomic_fetch_and(&p->control, ~POSTED_ON);
    for (unsigned i = 0; i < POSTED_WORDS; i++) {
        for (uint64_t bits = atomic_exchange(&p->requests[i], 0); bits != 0; bits &= bits - 1) {
            set_bit(vl, APIC_REG_IRR, (uint8_t)(i * 64 + (unsigned)__builtin_ctzll(bits)));
            any = true;
        }
    }
    return any;
}

static bool is_on(struct posted *p)
{
    return (atomic_load(&p->control) & POSTED_ON) != 0;
}

static void posting(void)
{
    struct vlapic vl = fresh();
    struct posted p;

    posted_init(&p, 0xf2, 0x0500);
    CHECK_EQ(atomic_load(&p.control), UINT64_C(0x0000050000f20000));
    CHECK(!is_on(&p));
    CHECK(posted_post(&p, 0x31));
    CHECK(is_on(&p));
    CHECK(!posted_post(&p, 0x31));
    CHECK(!posted_post(&p, 0xff));
    CHECK(processor_takes(&p, &vl));
    CHECK(!is_on(&p));
    CHECK(vlapic_bit(&vl, APIC_REG_IRR, 0x31) && vlapic_bit(&vl, APIC_REG_IRR, 0xff));
    CHECK(!processor_takes(&p, &vl));
    CHECK(posted_post(&p, 0x40)); /* notified again */
    posted_set_dest(&p, 0x1234);  /* with ON set, which stays */
    CHECK_EQ(atomic_load(&p.control), UINT64_C(0x123400f20001));
    posted_drop(&p);
    CHECK(!is_on(&p));
    CHECK(!processor_takes(&p, &vl));
    atomic_fetch_or(&p.control, POSTED_SN);
    CHECK(!posted_post(&p, 0x41));
    CHECK_EQ(atomic_load(&p.requests[1]), UINT64_C(2));
    CHECK_EQ(atomic_load(&p.control) >> 16, UINT64_C(0x123400f2));
}

/* Each sender owns a vector and sends it anew only when it has seen it taken. */
/* A notification that is lost loses no interrupt: the owner takes what was posted by itself. */
static void posted_without_notification(void)
{
    static uint32_t words[PAGE_SIZE / sizeof(uint32_t)];
    struct vlapic vl = {.regs = words};
    struct posted p;
    uint64_t requests[POSTED_WORDS] = {0};

    posted_init(&p, 0xf2, 0);
    CHECK(!posted_take(&p, requests));
    CHECK(posted_post(&p, 0x31));
    CHECK(!posted_post(&p, 0xff));
    CHECK(posted_take(&p, requests));
    CHECK_EQ(vlapic_accept_posted(&vl, requests), 0xff);
    CHECK(vlapic_bit(&vl, APIC_REG_IRR, 0x31) && vlapic_bit(&vl, APIC_REG_IRR, 0xff));
    CHECK_EQ(vlapic_interrupt_status(&vl), 0xff);
    CHECK(!posted_take(&p, requests)); /* once */
    CHECK_EQ(vlapic_accept_posted(&vl, (uint64_t[POSTED_WORDS]){0}), VLAPIC_NO_VECTOR);
    CHECK(posted_post(&p, 0x32)); /* notified again */
}

static struct posted shared;
static _Atomic unsigned taken[SENDERS], notified;

static void *sender(void *arg)
{
    unsigned me = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < POSTS; i++) {
        if (posted_post(&shared, (uint8_t)(0x20 + 0x47 * me)))
            atomic_fetch_add(&notified, 1);
        while (atomic_load(&taken[me]) == i)
            sched_yield();
    }
    return NULL;
}

/* A request without ON is one that nobody will be told of, unless its sender is about to set ON. */
static bool forgotten(void)
{
    for (unsigned patience = 0; patience < 1000; patience++) {
        uint64_t requests = 0;

        for (unsigned i = 0; i < POSTED_WORDS; i++)
            requests |= atomic_load(&shared.requests[i]);
        if (requests == 0 || is_on(&shared))
            return false;
        sched_yield();
    }
    return true;
}

static void nothing_is_lost(void)
{
    struct vlapic vl = fresh();
    pthread_t threads[SENDERS];
    unsigned total = 0, seen = 0;

    posted_init(&shared, 0xf2, 0);
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, sender, (void *)(uintptr_t)i);
    while (total < SENDERS * POSTS) {
        if (atomic_load(&notified) == seen) { /* sleeps until a notification comes */
            sched_yield();
            continue;
        }
        seen++;
        processor_takes(&shared, &vl);
        CHECK(!forgotten());
        for (unsigned i = 0; i < SENDERS; i++) {
            uint8_t vector = (uint8_t)(0x20 + 0x47 * i);

            if (vlapic_bit(&vl, APIC_REG_IRR, vector)) {
                vlapic_clear_bit(&vl, APIC_REG_IRR, vector);
                atomic_fetch_add(&taken[i], 1);
                total++;
            }
        }
    }
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(total, SENDERS * POSTS);
    CHECK(!processor_takes(&shared, &vl));
}

/* The physical LAPIC: an EOI retires the highest in service. */
static void gate(void)
{
    struct eoi_gate g = {0};
    bool in_service[256] = {false}, done[256] = {false};

    srand(2);
    for (unsigned i = 0; i < STEPS; i++) {
        uint8_t vector = (uint8_t)rand();

        if (rand() % 2) {
            if ((vector & 0xf0) > (top(in_service) < 0 ? -1 : (top(in_service) & 0xf0))) {
                eoi_gate_hold(&g, vector);
                in_service[vector] = true;
                done[vector] = false;
            }
        } else {
            unsigned want = 0, got;
            if (in_service[vector])
                done[vector] = true;
            for (int t = top(in_service); t >= 0 && done[t]; t = top(in_service)) {
                in_service[t] = done[t] = false;
                want++;
            }
            got = eoi_gate_release(&g, vector);
            CHECK_EQ(got, want);
        }
        CHECK_EQ(eoi_gate_holds(&g, vector), in_service[vector]);
    }
}

static void gate_out_of_order(void)
{
    struct eoi_gate g = {0};

    eoi_gate_hold(&g, 0x31);
    eoi_gate_hold(&g, 0x81);
    CHECK_EQ(eoi_gate_release(&g, 0x55), 0);
    CHECK_EQ(eoi_gate_release(&g, 0x31), 0); /* 81H would be the one that is retired */
    CHECK(eoi_gate_holds(&g, 0x31));
    CHECK_EQ(eoi_gate_release(&g, 0x81), 2);
    CHECK(!eoi_gate_holds(&g, 0x31) && !eoi_gate_holds(&g, 0x81));
    eoi_gate_hold(&g, 0x31);
    eoi_gate_hold(&g, 0xff);
    CHECK_EQ(eoi_gate_release_all(&g), 2);
    CHECK_EQ(eoi_gate_release_all(&g), 0);
}

int main(void)
{
    TEST_RUN(random_life);
    TEST_RUN(every_vector);
    TEST_RUN(eoi_updates_ppr);
    TEST_RUN(arbitration);
    TEST_RUN(posting);
    TEST_RUN(nothing_is_lost);
    TEST_RUN(gate);
    TEST_RUN(gate_out_of_order);
    TEST_RUN(posted_without_notification);
    return test_done();
}
