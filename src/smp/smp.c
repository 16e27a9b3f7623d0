/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INIT and SIPI on the receiver's CPU; smp_send.c is the sender's half. No lock: what two CPUs touch
 * is atomic and listed in docs/ownership.md.
 */
#include "smp/smp.h"

#include "apic/apic.h"
#include "core/virt.h"
#include "smp/hold.h"
#include "smp/park.h"

static bool take(struct vcpu *v, struct mailbox_take *t)
{
    uint32_t old = atomic_load(&v->smp.mailbox);

    do {
        *t = mailbox_take(old);
    } while (!atomic_compare_exchange_weak(&v->smp.mailbox, &old, t->rest));
    return t->any;
}

/* INIT of one vCPU. A step that the INIT interrupts is over. */
static void reset(struct vcpu *v)
{
    if (v->step.active)
        step_end(v, false);
    atomic_store(&v->guest_nmis, 0);
    virt_vcpu_reset(v);
    apic_cpu_reset(v);
}

/* Sleeps with NMIs let through, so that a kick wakes the CPU. park_wait() misses no kick. */
static void park(struct vcpu *v)
{
    virt_host_open();
    park_wait(&v->smp.mailbox);
    virt_host_close();
    atomic_store(&v->guest_nmis, 0); /* a CPU that waits for a SIPI takes no NMI */
}

void smp_consume(struct vcpu *v)
{
    struct mailbox_take t;

    for (;;) {
        if (atomic_load(&v->smp.mailbox) & MAILBOX_HOLD)
            smp_stay_held(v);
        if (!take(v, &t)) {
            if (v->smp.state != RUN_STATE_WAIT_SIPI)
                return;
            park(v);
            continue;
        }
        struct sipi_step s = sipi_next(v->smp.state, v->smp.is_bsp, t.event, t.vector);
        smp_set_state(&v->smp, s.state);
        v->events[t.event == SIPI_EVENT_INIT ? COUNTER_INIT : COUNTER_SIPI]++;
        if (s.action == SIPI_ACTION_RESET_AND_PARK || s.action == SIPI_ACTION_RESET_AND_CONTINUE)
            reset(v);
        else if (s.action == SIPI_ACTION_START_AT)
            virt_vcpu_start(v, (uint16_t)(s.vector << 8), 0);
        if (t.event == SIPI_EVENT_INIT)
            atomic_store(&v->smp.init_ahead, false);
    }
}
