/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guest CPUs run and which wait for a STARTUP IPI. Waiting is software state, fed by the
 * guest's ICR writes, the same on every vendor and strategy; hardware INIT and SIPI exits feed it
 * too. Knows no register layout, no vendor, no strategy. The rules are the pure state machine in
 * smp/sipi.h.
 */
#ifndef SMP_SMP_H
#define SMP_SMP_H

#include <stdatomic.h>

#include "apic/icr.h"
#include "smp/sipi.h"

struct vcpu;

struct smp_cpu {
    _Atomic uint32_t mailbox; /* INIT and SIPI that have not been consumed; see smp/sipi.h */
    enum run_state state;     /* its own CPU only; see smp_set_state() */
    atomic_bool init_ahead;   /* an INIT was sent and its LAPIC's part is not done yet */
    atomic_bool waiting;      /* state is RUN_STATE_WAIT_SIPI; for senders */
    bool is_bsp;
};

enum smp_verdict {
    SMP_CONSUMED, /* INIT, SIPI, SMI: it never reaches hardware */
    SMP_FORWARD,  /* anything else: the strategy delivers it */
};

/*
 * An IPI that the guest on `src` sends. When it returns, INIT and SIPI look finished to the sender
 * and are on their way to every CPU that the message addresses; an unknown destination is nobody.
 */
enum smp_verdict smp_guest_ipi(struct vcpu *src, const struct ipi_msg *msg);

/* An INIT or SIPI that reached this CPU physically. */
void smp_hardware_event(struct vcpu *v, enum sipi_event event, uint8_t vector);

/* On the CPU itself, which looks at its mailbox afterwards. */
static inline void smp_set_state(struct smp_cpu *c, enum run_state state)
{
    c->state = state;
    atomic_store(&c->waiting, state == RUN_STATE_WAIT_SIPI);
}

/* Anything to consume? Cheap; called before every entry. */
static inline bool smp_pending(const struct smp_cpu *c)
{
    return atomic_load_explicit(&c->mailbox, memory_order_acquire) != 0 ||
           c->state == RUN_STATE_WAIT_SIPI;
}

/*
 * Consumes what is pending on this CPU, and sleeps for as long as the CPU waits for a SIPI. When it
 * returns, the vCPU is running and its registers say where.
 */
void smp_consume(struct vcpu *v);

#endif
