/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding the other CPUs; see hold.h. The holder clears `go`, then `held`, and then posts
 * MAILBOX_HOLD. A held CPU sets `held` before it looks at `go`, and only the holder clears `held`.
 * So a CPU that is on its way out of an earlier hold never counts as held. State: struct smp_cpu;
 * docs/ownership.md has the fields.
 */
#include "smp/hold.h"

#include "core/host/delay.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/virt.h"
#include "smp/kick.h"
#include "smp/park.h"

#define HOLD_TIMEOUT_US 1000000
#define POLL_US         10

void smp_stay_held(struct vcpu *v)
{
    if (v->step.active) /* its pages are mapped as they were: the CPU may not come back */
        step_end(v, false);
    wbinvd();
    virt_host_open();
    do {
        atomic_fetch_and(&v->smp.mailbox, ~MAILBOX_HOLD);
        atomic_store(&v->smp.held, true);
        park_wait(&v->smp.go);
    } while (!atomic_load(&v->smp.go));
    virt_host_close();
}

static void ask(struct vcpu *t)
{
    atomic_store(&t->smp.go, 0);
    atomic_store(&t->smp.held, false);
    atomic_fetch_or(&t->smp.mailbox, MAILBOX_HOLD);
    kick(t);
}

static bool all_held(const struct vcpu *v)
{
    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        if (machine.cpus[i] != v && !atomic_load(&machine.cpus[i]->smp.held))
            return false;
    }
    return true;
}

bool smp_hold_others(struct vcpu *v)
{
    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        if (machine.cpus[i] != v)
            ask(machine.cpus[i]);
    }
    for (unsigned waited = 0; waited < HOLD_TIMEOUT_US && !all_held(v); waited += POLL_US)
        delay_us(POLL_US);
    return all_held(v);
}

void smp_release_others(struct vcpu *v)
{
    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        struct vcpu *t = machine.cpus[i];

        if (t == v)
            continue;
        atomic_store(&t->smp.go, 1);
        kick(t);
    }
}
