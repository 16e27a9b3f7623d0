/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which guest CPUs run, and which wait for a STARTUP IPI. Waiting is software state, the same on
 * every vendor and strategy. The guest's ICR writes and hardware INIT and SIPI exits feed it. This
 * room knows no register layout, no vendor and no strategy. The rules are the pure state machine of
 * smp/sipi.h.
 */
#ifndef SMP_SMP_H
#define SMP_SMP_H

#include <stdatomic.h>

#include "apic/icr.h"
#include "smp/sipi.h"

struct vcpu;

/* For each CPU. What is atomic is shared as docs/ownership.md says. */
struct smp_cpu {
    _Atomic uint32_t mailbox; /* INIT and SIPI that wait to be consumed: smp/sipi.h */
    enum run_state state;     /* its own CPU only; see smp_set_state() */
    atomic_bool init_ahead;   /* an INIT was sent, and the LAPIC is not reset yet */
    atomic_bool waiting;      /* `state` is RUN_STATE_WAIT_SIPI; senders read it */
    _Atomic uint32_t go;      /* 0: this CPU is to stay in the host; smp/hold.h, as is `held` */
    atomic_bool held;
    bool is_bsp;
};

enum smp_verdict {
    SMP_CONSUMED, /* INIT, SIPI or SMI: the message never reaches hardware */
    SMP_FORWARD,  /* any other message: the strategy delivers it */
};

/*
 * Handles an IPI that the guest sends on `src`, as a raw ICR (apic/icr.h). On return an INIT or SIPI
 * is posted to every CPU that the message addresses, and looks finished to the sender. An unknown
 * destination addresses nobody.
 */
enum smp_verdict smp_guest_ipi(struct vcpu *src, uint64_t raw, bool x2apic);

/* Posts an INIT to every CPU, as a reset of the CPUs on `src` does. */
void smp_init_all(struct vcpu *src);

/* Posts an INIT or SIPI that reached this CPU physically. */
void smp_hardware_event(struct vcpu *v, enum sipi_event event, uint8_t vector);

/* Sets the state of this CPU. The caller looks at its mailbox afterwards. */
static inline void smp_set_state(struct smp_cpu *c, enum run_state state)
{
    c->state = state;
    atomic_store(&c->waiting, state == RUN_STATE_WAIT_SIPI);
}

/*
 * Consumes what is pending on this CPU, if anything is, and sleeps while the CPU waits for a SIPI. On
 * return the vCPU runs, from where its registers say.
 */
void smp_consume(struct vcpu *v);

#endif
