/* SPDX-License-Identifier: GPL-2.0-only */
/* What follows from a guest's access to a register of its virtual LAPIC, outside of the page. */
#include "apic/apicv/apicv.h"

#include "apic/apicv/vlapic_irq.h"
#include "apic/physical/lapic.h"
#include "core/log_guest.h"

/* A physical register follows its virtual one. False: it refuses the value. */
static bool follow(struct vcpu *v, unsigned offset)
{
    return lapic_try_write(offset,
                           vlapic_physical(&v->apic->vl, offset, APICV_NOTIFICATION_VECTOR));
}

/*
 * Written only if it is to change: a LAPIC may take the vector of a masked entry for an error
 * whenever it is written. A counter's interrupt masks its entry by itself, which stays so.
 */
static void follow_lvt(struct vcpu *v, unsigned offset)
{
    struct vlapic *vl = &v->apic->vl;
    uint32_t now = lapic_read(offset), want;

    if (offset == APIC_REG_LVT_PERF && (now & APIC_LVT_MASKED))
        vl->regs[offset / sizeof(uint32_t)] |= APIC_LVT_MASKED;
    want = vlapic_physical(vl, offset, APICV_NOTIFICATION_VECTOR);
    if ((now ^ want) & ~(APIC_LVT_BUSY | APIC_LVT_REMOTE_IRR))
        (void)follow(v, offset);
}

static void follow_identity(struct vcpu *v)
{
    const struct lapic_id id = vlapic_identity(&v->apic->vl);

    vcpu_set_identity(v, &id);
    if (lapic_is_x2apic())
        return; /* derived from the ID there */
    (void)follow(v, APIC_REG_LDR);
    (void)follow(v, APIC_REG_DFR);
}

/* SVR first: a physical LVT entry cannot be unmasked while the LAPIC is off. */
static void follow_enable(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;
    bool enabled = vlapic_enabled(&a->vl);

    apicv_unlist(v);
    if (enabled && !atomic_load(&a->accepting)) {
        posted_drop(&a->posted); /* ON may be left of one that came when the LAPIC was off */
        apicv_enabled_again(v);  /* before the guest may keep EOIs from the I/O APICs */
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

/* Errors of the physical LAPIC, such as an illegal vector in an LVT entry, are the guest's. */
static void take_physical_errors(struct vcpu *v)
{
    lapic_write(APIC_REG_ESR, 0);
    v->apic->vl.errors |= lapic_read(APIC_REG_ESR) & 0xFF;
}

static void send_self(struct vcpu *v, uint8_t vector)
{
    struct ipi_msg msg = {
        .mode = ICR_MODE_FIXED, .vector = vector, .shorthand = ICR_SHORTHAND_SELF, .x2apic = true};

    apicv_send(v, &msg);
}

static void send_icr(struct vcpu *v)
{
    const struct vlapic *vl = &v->apic->vl;
    struct ipi_msg msg = icr_decode(vlapic_icr(vl), vl->mode == APIC_MODE_X2APIC);

    apicv_send(v, &msg);
}

static void eoi(struct vcpu *v)
{
    int vector = vlapic_eoi(&v->apic->vl);

    v->apic->stale = true;
    if (vector != VLAPIC_NO_VECTOR && eoi_gate_holds(&v->apic->gate, (uint8_t)vector))
        apicv_guest_eoi(v, (uint8_t)vector);
}

/* Posted-interrupt processing swallows it: what is lost is not lost in silence. */
static void warn_of_vector(struct vcpu *v, unsigned offset)
{
    uint32_t value = v->apic->vl.regs[offset / sizeof(uint32_t)];

    if (vlapic_is_lvt(offset) && !(value & (APIC_LVT_MASKED | APIC_LVT_MODE)) &&
        (value & APIC_LVT_VECTOR) == APICV_NOTIFICATION_VECTOR)
        log_guest(v, "cpu %u: vector %x of LVT register %x is Lapwing's own: it will not arrive",
                  v->index, APICV_NOTIFICATION_VECTOR, offset);
}

void apicv_register_write(struct vcpu *v, unsigned offset, uint64_t value, enum exit_result *result)
{
    struct vlapic *vl = &v->apic->vl;

    if (offset == APIC_REG_ESR)
        take_physical_errors(v);
    switch (vlapic_write(vl, offset, value)) {
    case VLAPIC_NOTHING:
        break;
    case VLAPIC_GP:
        *result = EXIT_INJECT_GP;
        break;
    case VLAPIC_LOCAL:
        if (!follow(v, offset))
            *result = EXIT_INJECT_GP;
        warn_of_vector(v, offset);
        break;
    case VLAPIC_ENABLING:
        follow_enable(v);
        break;
    case VLAPIC_IDENTITY:
        follow_identity(v);
        break;
    case VLAPIC_SEND:
        send_icr(v);
        break;
    case VLAPIC_SELF_IPI:
        send_self(v, vlapic_self_ipi_vector(vl));
        break;
    case VLAPIC_EOI:
        eoi(v);
        break;
    case VLAPIC_TPR: /* the entry computes the processor priority */
        break;
    }
    if (vl->mode == APIC_MODE_XAPIC && !vlapic_has(vl, offset))
        apicv_raise(v, vlapic_error(vl, APIC_ESR_ILLEGAL_REGISTER));
}

/*
 * The processor has stored what the guest wrote: all 32 bits of it or a part, and of the x2APIC's
 * ICR all 64. It has refused reserved bits by itself.
 */
void apicv_register_written(struct vcpu *v, unsigned offset)
{
    const struct vlapic *vl = &v->apic->vl;
    enum exit_result ignored = EXIT_RESUME;
    uint64_t value;

    offset &= ~(APIC_REG_STRIDE - 1);
    value = offset == APIC_REG_ICR_LO ? vlapic_icr(vl) : vl->regs[offset / sizeof(uint32_t)];
    apicv_register_write(v, offset, value, &ignored);
}

uint32_t apicv_register_read(struct vcpu *v, unsigned offset)
{
    uint64_t value;

    if (offset == APIC_REG_TIMER_CURRENT)
        return lapic_read(offset);
    (void)vlapic_read(&v->apic->vl, offset, &value);
    return (uint32_t)value;
}
