/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts on their way from the physical LAPIC, where the exit acknowledged them, into the
 * virtual one; and the guest's EOIs on their way back. An edge gets its physical EOI at once. A
 * level-triggered interrupt stays in service physically until the guest's EOI, which exits by the
 * EOI-exit bitmap. An interrupt that is not in service in the physical LAPIC came from the PICs, or
 * is spurious; it bypasses the virtual IRR too. State: struct apic_vcpu and the physical LAPIC, its
 * own CPU only.
 */
#include "apic/apicv/apicv.h"

#include "apic/apicv/vlapic_irq.h"
#include "apic/physical/lapic_reset.h"
#include "apic/physical/lapic.h"
#include "core/vmx/vmx_apic.h"

static bool physical_bit(const struct vcpu *v, unsigned block, uint8_t vector)
{
    return (lapic_read_of(v, block + vector / 32 * APIC_REG_STRIDE) & BIT32(vector % 32)) != 0;
}

static void physical_eoi(struct vcpu *v, unsigned count)
{
    while (count-- > 0)
        lapic_write_of(v, APIC_REG_EOI, 0);
}

/* The IRR has `vector` from now on. A halted guest wakes for it. */
static void request(const struct vlapic *vl, uint8_t vector)
{
    vmx_apic_request(vector);
    if (vlapic_deliverable(vl, vector) && vmx_apic_is_halted())
        vmx_apic_wake();
}

/*
 * Takes what other CPUs posted, even if no notification has come. A notification that comes later
 * finds nothing to do.
 */
void apicv_take_posted(struct vcpu *v)
{
    struct vlapic *vl = &v->apic->vl;
    uint64_t requests[POSTED_WORDS];
    int vector;

    if (!posted_take(&v->apic->posted, requests))
        return;
    vector = vlapic_accept_posted(vl, requests);
    if (vector != VLAPIC_NO_VECTOR)
        request(vl, (uint8_t)vector);
}

static void set_eoi_exit(struct vcpu *v, uint8_t vector, bool on)
{
    uint64_t *word = &v->apic->eoi_exits[vector / 64], old = *word;

    *word = on ? old | BIT(vector % 64) : old & ~BIT(vector % 64);
    if (*word != old)
        vmx_apic_set_eoi_exits(vector / 64, *word);
}

static void accept(struct vcpu *v, uint8_t vector, bool level)
{
    struct vlapic *vl = &v->apic->vl;

    vlapic_accept(vl, vector, level);
    if (level)
        set_eoi_exit(v, vector, true); /* before the guest runs again, together with the TMR bit */
    request(vl, vector);
}

void apicv_raise(struct vcpu *v, int vector)
{
    if (vector != VLAPIC_NO_VECTOR)
        accept(v, (uint8_t)vector, false);
}

static __attribute__((noinline)) void queue_extint(struct vcpu *v, uint8_t vector)
{
    struct apic_vcpu *a = v->apic;

    if (vector == APIC_SVR_OWN_VECTOR) {
        if (!vlapic_enabled(&a->vl))
            return; /* Lapwing's, not the guest's */
        vector = vlapic_spurious_vector(&a->vl);
    }
    apicv_extint(v, vector);
}

void apicv_interrupt(struct vcpu *v, uint8_t vector)
{
    struct apic_vcpu *a = v->apic;
    bool level;

    if (eoi_gate_holds(&a->gate, vector) || !physical_bit(v, APIC_REG_ISR, vector)) {
        queue_extint(v, vector);
        return;
    }
    level = physical_bit(v, APIC_REG_TMR, vector);
    if (level)
        eoi_gate_hold(&a->gate, vector);
    if (atomic_load(&a->accepting))
        accept(v, vector, level);
    else if (level) /* an EOI would let it come at once; apicv_enabled_again() writes the EOI */
        a->refused[vector / 64] |= BIT(vector % 64);
    if (!level)
        lapic_write_of(v, APIC_REG_EOI, 0);
}

void apicv_guest_eoi(struct vcpu *v, uint8_t vector)
{
    struct apic_vcpu *a = v->apic;

    set_eoi_exit(v, vector, false);
    vlapic_clear_bit(&a->vl, APIC_REG_TMR, vector);
    physical_eoi(v, eoi_gate_release(&a->gate, vector));
}

void apicv_enabled_again(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;

    for (unsigned i = 0; i < EOI_GATE_WORDS; i++) {
        for (; a->refused[i] != 0; a->refused[i] &= a->refused[i] - 1) {
            unsigned vector = i * 64 + (unsigned)__builtin_ctzll(a->refused[i]);

            physical_eoi(v, eoi_gate_release(&a->gate, (uint8_t)vector));
        }
    }
}

/*
 * For INIT, and for an APIC that is switched off. First other CPUs stop posting. Then the physical
 * LAPIC is emptied, of notifications too. Last, what was posted or requested is forgotten.
 */
void apicv_drop_interrupts(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;

    apicv_unlist(v);
    atomic_store(&a->accepting, false);
    lapic_reset();
    (void)eoi_gate_release_all(&a->gate);
    posted_drop(&a->posted);
    a->extints.count = a->extints.ready = 0;
    a->extints_due = true;
    vmx_apic_set_interrupt_status(0);
    for (unsigned i = 0; i < EOI_GATE_WORDS; i++) {
        a->refused[i] = a->eoi_exits[i] = 0;
        vmx_apic_set_eoi_exits(i, 0);
    }
}
