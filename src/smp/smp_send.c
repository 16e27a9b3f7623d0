/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's IPIs on the sender's CPU: INIT and SIPI are posted to their receivers, for smp.c there. No
 * lock: what two CPUs touch is atomic and listed in docs/ownership.md.
 */
#include "smp/smp.h"

#include "core/machine.h"
#include "core/soft_reset.h"
#include "core/virt.h"
#include "smp/kick.h"

/* Posts an event for the target to find, and returns the mailbox word as it was before. */
static uint32_t post(struct vcpu *target, enum sipi_event event, uint8_t vector)
{
    uint32_t old = atomic_load(&target->smp.mailbox);

    if (event == SIPI_EVENT_INIT)
        atomic_store(&target->smp.init_ahead, true);
    while (
        !atomic_compare_exchange_weak(&target->smp.mailbox, &old, mailbox_post(old, event, vector)))
        ;
    vcpu_attend(target);
    return old;
}

/*
 * A SIPI to a running CPU needs no kick: it waits in the mailbox to be ignored. Systems send two
 * SIPIs, and a kick for the second could merge with an NMI that the guest sends to its new CPU. A
 * CPU that is about to wait sets `waiting` before its last look into the mailbox.
 */
static bool needs_kick(const struct vcpu *target, enum sipi_event event, uint32_t before)
{
    return event == SIPI_EVENT_INIT || (before & MAILBOX_INIT) || atomic_load(&target->smp.waiting);
}

/*
 * To the sender an INIT is finished when it is sent. So a later IPI is matched with the receiver's
 * LAPIC as INIT will leave it, without a logical ID.
 */
static bool addressed(const struct ipi_msg *msg, const struct vcpu *t, bool is_self)
{
    uint64_t id = atomic_load(&t->identity);

    if (atomic_load(&t->smp.init_ahead) || (atomic_load(&t->smp.mailbox) & MAILBOX_INIT))
        id = lapic_id_after_init(id);
    return dest_matches(msg, id, is_self);
}

static void send(struct vcpu *src, struct vcpu *t, enum sipi_event event, uint8_t vector)
{
    uint32_t before = post(t, event, vector);

    if (t != src && needs_kick(t, event, before))
        kick(t);
}

#define FIGURE_OF(mode) ((unsigned)FIGURE_IPI_FIXED + (unsigned)(mode))

_Static_assert(FIGURE_OF(ICR_MODE_INIT) == FIGURE_IPI_INIT, "figures of IPIs by mode");
_Static_assert(FIGURE_OF(ICR_MODE_EXTINT) == FIGURE_IPI_EXTINT, "figures of IPIs by mode");

/*
 * Sends an INIT or a SIPI to each CPU that the message addresses. Out of line, so that a frequent IPI
 * saves no registers for it.
 */
static __attribute__((cold, noinline)) void send_all(struct vcpu *src, uint64_t raw, bool x2apic)
{
    const struct ipi_msg msg = icr_decode(raw, x2apic);
    enum sipi_event event = msg.mode == ICR_MODE_INIT ? SIPI_EVENT_INIT : SIPI_EVENT_SIPI;
    uint32_t count = 0;

    if (msg.mode == ICR_MODE_SMI || icr_is_init_deassert(raw))
        return;
    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        struct vcpu *t = machine.cpus[i];
        if (!addressed(&msg, t, t == src))
            continue;
        send(src, t, event, msg.vector);
        count++;
    }
    trace_ipi_cpus(&src->trace, count);
}

/* Inline, for the strategies. */
inline enum smp_verdict smp_guest_ipi(struct vcpu *src, uint64_t raw, bool x2apic)
{
    const enum icr_mode mode = icr_mode(raw);

    src->figures[FIGURE_OF(mode)]++;
    trace_ipi(&src->trace, raw, x2apic ? TRACE_IPI_X2APIC : 0);
    if (icr_is_forwarded(mode))
        return SMP_FORWARD;
    send_all(src, raw, x2apic);
    return SMP_CONSUMED;
}

void smp_init_all(struct vcpu *src)
{
    for (cpu_id_t i = 0; i < machine.cpu_count; i++)
        send(src, machine.cpus[i], SIPI_EVENT_INIT, 0);
}

void smp_hardware_event(struct vcpu *v, enum sipi_event event, uint8_t vector)
{
    if (event == SIPI_EVENT_INIT && v->smp.is_bsp)
        soft_reset_by_init(v);
    post(v, event, vector);
}
