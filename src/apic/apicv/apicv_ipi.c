/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's IPIs. A fixed or lowest-priority IPI is posted, and its receiver takes it without an
 * exit. An NMI is counted and then kicks, so that it is not mistaken for a kick. INIT and SIPI go to
 * the SMP core. The sender's CPU runs this code; docs/ownership.md lists what it touches of the
 * receiver.
 */
#include "apic/apicv/apicv.h"

#include "apic/apic.h"
#include "apic/apicv/vlapic_irq.h"
#include "apic/dest.h"
#include "apic/physical/lapic.h"
#include "core/machine.h"
#include "smp/kick.h"

#define FIXED        ((uint32_t)(ICR_MODE_FIXED << ICR_MODE_SHIFT | ICR_ASSERT))
#define NOTIFICATION (FIXED | APICV_NOTIFICATION_VECTOR)

static bool reaches(const struct ipi_msg *msg, const struct vcpu *src, const struct vcpu *t)
{
    return dest_matches(msg, atomic_load(&t->identity), t == src);
}

static void deliver_fixed(struct vcpu *src, struct vcpu *t, uint8_t vector)
{
    if (t == src) {
        if (vlapic_enabled(&t->apic->vl))
            apicv_raise(t, vector);
        return;
    }
    if (atomic_load(&t->apic->accepting) && posted_post(&t->apic->posted, vector))
        lapic_send_ipi(t->apic_id, NOTIFICATION);
}

static void deliver(struct vcpu *src, struct vcpu *t, const struct ipi_msg *msg)
{
    switch (msg->mode) {
    case ICR_MODE_FIXED:
        deliver_fixed(src, t, msg->vector);
        break;
    case ICR_MODE_NMI:
        if (atomic_load(&t->smp.waiting))
            break; /* an NMI is lost on a CPU that waits for a SIPI */
        kick_with_nmi(t);
        break;
    default: /* no CPU accepts the other modes */
        break;
    }
}

/* Elects the receiver with the lowest processor priority, and takes turns among equals. */
static void deliver_lowest(struct vcpu *src, const struct ipi_msg *msg)
{
    static _Atomic cpu_id_t turn;
    struct vlapic_arbitration a = {.any = false};
    cpu_id_t first = atomic_fetch_add(&turn, 1) % machine.cpu_count;

    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        struct vcpu *t = machine.cpus[(first + i) % machine.cpu_count];

        if (reaches(msg, src, t) && atomic_load(&t->apic->accepting))
            vlapic_bid(&a, t->index, vlapic_published_ppr(&t->apic->vl));
    }
    if (a.any)
        deliver_fixed(src, machine.cpus[a.winner], msg->vector);
}

void apicv_send(struct vcpu *src, uint64_t raw)
{
    const bool x2apic = src->apic->vl.mode == APIC_MODE_X2APIC;
    const struct ipi_msg msg = icr_decode(raw, x2apic);
    const uint32_t error = icr_send_error(&msg);

    if (error != 0) {
        apicv_raise(src, vlapic_error(&src->apic->vl, error));
        return;
    }
    if (smp_guest_ipi(src, raw, x2apic) == SMP_CONSUMED)
        return;
    if (msg.mode == ICR_MODE_LOWEST) {
        deliver_lowest(src, &msg);
        return;
    }
    for (cpu_id_t i = 0; i < machine.cpu_count; i++) {
        struct vcpu *t = machine.cpus[i];

        if (reaches(&msg, src, t))
            deliver(src, t, &msg);
    }
}
