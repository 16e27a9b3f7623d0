/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest's access to a register of its virtual LAPIC causes outside of the virtual-APIC page.
 * State: struct apic_vcpu and the physical LAPIC, its own CPU only.
 */
#include "apic/apicv/apicv.h"

#include "apic/apicv/apicv_timer.h"
#include "apic/apicv/vlapic_irq.h"
#include "apic/physical/lapic.h"
#include "core/log_guest.h"
#include "core/vmx/vmx_apic.h"

/* Writes a physical register from its virtual one. Returns false if the LAPIC refuses the value. */
static bool follow(struct vcpu *v, unsigned offset)
{
    return lapic_try_write(offset, vlapic_physical(&v->apic->vl, offset));
}

/*
 * Writes the entry only if it changes: a LAPIC may report an error for a masked entry's vector
 * whenever the entry is written. A counter's interrupt masks its own entry, and the entry stays
 * masked.
 */
static void follow_lvt(struct vcpu *v, unsigned offset)
{
    struct vlapic *vl = &v->apic->vl;
    uint32_t now = lapic_read(offset), want;

    if (offset == APIC_REG_LVT_PERF && (now & APIC_LVT_MASKED))
        vl->regs[offset / sizeof(uint32_t)] |= APIC_LVT_MASKED;
    want = vlapic_physical(vl, offset);
    if ((now ^ want) & ~(APIC_LVT_BUSY | APIC_LVT_REMOTE_IRR))
        (void)follow(v, offset);
}

static void follow_identity(struct vcpu *v)
{
    const struct lapic_id id = vlapic_identity(&v->apic->vl);

    vcpu_set_identity(v, &id);
    if (lapic_is_x2apic())
        return; /* LDR and DFR follow from the ID there */
    (void)follow(v, APIC_REG_LDR);
    (void)follow(v, APIC_REG_DFR);
}

/* SVR comes first: a physical LVT entry cannot be unmasked while the LAPIC is disabled. */
static void follow_enable(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;
    bool enabled = vlapic_enabled(&a->vl);

    apicv_unlist(v);
    if (enabled && !atomic_load(&a->accepting)) {
        posted_drop(&a->posted); /* ON may be set by a sender that saw the LAPIC enabled before */
        apicv_enabled_again(v);  /* before SVR lets the guest keep EOIs from the I/O APICs */
    }
    (void)follow(v, APIC_REG_SVR);
    for (const uint16_t *lvt = vlapic_lvts; *lvt != 0; lvt++) {
        if (vlapic_has(&a->vl, *lvt))
            follow_lvt(v, *lvt);
    }
    atomic_store(&a->accepting, enabled);
    if (enabled)
        apicv_list(v);
}

void apicv_sync_physical(struct vcpu *v)
{
    follow_identity(v);
    follow_enable(v);
}

/* Errors of the physical LAPIC, such as an illegal vector in an LVT entry, belong to the guest. */
static void take_physical_errors(struct vcpu *v)
{
    lapic_write(APIC_REG_ESR, 0);
    v->apic->vl.errors |= lapic_read(APIC_REG_ESR) & 0xFF;
}

static void eoi(struct vcpu *v)
{
    int vector = vlapic_eoi(&v->apic->vl);

    vmx_apic_set_interrupt_status(vlapic_interrupt_status(&v->apic->vl));
    if (vector != VLAPIC_NO_VECTOR && eoi_gate_holds(&v->apic->gate, (uint8_t)vector))
        apicv_guest_eoi(v, (uint8_t)vector);
}

/* Posted-interrupt processing swallows this vector. A log line tells the user about the loss. */
static void warn_of_vector(struct vcpu *v, unsigned offset)
{
    uint32_t value = v->apic->vl.regs[offset / sizeof(uint32_t)];

    if (vlapic_is_lvt(offset) && !(value & (APIC_LVT_MASKED | APIC_LVT_MODE)) &&
        (value & APIC_LVT_VECTOR) == APICV_NOTIFICATION_VECTOR)
        log_guest(v, "cpu %u: vector %x of LVT register %x is Lapwing's own: it will not arrive",
                  v->index, APICV_NOTIFICATION_VECTOR, offset);
}

/* Out of line, as in vlapic_write(). Returns false if the write faults. */
static __attribute__((noinline)) bool carry_out(struct vcpu *v, unsigned offset,
                                                enum vlapic_effect effect)
{
    struct vlapic *vl = &v->apic->vl;

    switch (effect) {
    case VLAPIC_NOTHING:
    case VLAPIC_TPR: /* the entry computes the processor priority */
    case VLAPIC_SEND:
        break;
    case VLAPIC_GP:
        return false;
    case VLAPIC_ABSENT:
        apicv_raise(v, vlapic_error(vl, APIC_ESR_ILLEGAL_REGISTER));
        break;
    case VLAPIC_LOCAL:
        warn_of_vector(v, offset);
        return follow(v, offset);
    case VLAPIC_TIMER:
        lapic_write_of(v, offset, vl->initial);
        break;
    case VLAPIC_ENABLING:
        follow_enable(v);
        break;
    case VLAPIC_IDENTITY:
        follow_identity(v);
        break;
    case VLAPIC_SELF_IPI:
        apicv_send(v, ICR_SHORTHAND_SELF << ICR_SHORTHAND_SHIFT | vlapic_self_ipi_vector(vl));
        break;
    case VLAPIC_EOI:
        eoi(v);
        break;
    }
    return true;
}

/* Out of line, so that arming the timer saves no registers for the others. */
static __attribute__((noinline)) bool write_other(struct vcpu *v, unsigned offset, uint64_t value)
{
    enum vlapic_effect effect;

    if (offset == APIC_REG_ESR)
        take_physical_errors(v);
    effect = vlapic_write(&v->apic->vl, offset, value);
    return carry_out(v, offset, effect);
}

static bool write_icr(struct vcpu *v, uint64_t value)
{
    struct vlapic *vl = &v->apic->vl;

    if (vlapic_write_icr(vl, value) == VLAPIC_GP)
        return false;
    apicv_send(v, vlapic_icr(vl));
    return true;
}

bool apicv_register_write(struct vcpu *v, unsigned offset, uint64_t value)
{
    return offset == APIC_REG_ICR_LO ? write_icr(v, value) : write_other(v, offset, value);
}

/*
 * The processor has stored what the guest wrote: 32 bits or a part of them, or all 64 bits of the
 * x2APIC's ICR. The processor has refused reserved bits by itself.
 */
void apicv_register_written(struct vcpu *v, unsigned offset)
{
    const struct vlapic *vl = &v->apic->vl;
    uint32_t value;

    offset &= ~(APIC_REG_STRIDE - 1);
    value = vl->regs[offset / sizeof(uint32_t)];
    if (offset == APIC_REG_TIMER_INITIAL)
        apicv_arm_timer(v, value);
    else
        (void)apicv_register_write(v, offset, offset == APIC_REG_ICR_LO ? vlapic_icr(vl) : value);
}

uint32_t apicv_register_read(struct vcpu *v, unsigned offset)
{
    uint64_t value;

    if (offset == APIC_REG_TIMER_CURRENT)
        return lapic_read_of(v, offset);
    (void)vlapic_read(&v->apic->vl, offset, &value);
    return (uint32_t)value;
}
