/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to the xAPIC page that the processor does not virtualise: the timer's current count,
 * read-only and reserved registers, odd widths. A plain load is carried out. Any other instruction
 * is stepped with a scratch page that holds the registers, and then its writes are carried out.
 * State: struct apic_vcpu, its own CPU only. (Intel SDM Vol. 3C, "Virtualizing Memory-Mapped APIC
 * Accesses")
 */
#include "apic/apicv/apicv.h"

#include "core/log_guest.h"
#include "core/slat.h"
#include "core/step.h"
#include "core/virt.h"

static bool read_register(struct vcpu *v, unsigned offset, uint32_t *value)
{
    *value = offset < APIC_REG_EXT_FEATURE ? apicv_register_read(v, offset) : 0;
    return true;
}

static void write_register(struct vcpu *v, unsigned offset, uint32_t value)
{
    (void)apicv_register_write(v, offset, value);
}

static void restore(struct vcpu *v, gpa_t page)
{
    (void)page;
    apicv_map_page(v);
}

/* A write counts only if the CPU is still in xAPIC mode, in which the step began. */
static void stepped(struct vcpu *v, bool completed)
{
    struct apic_vcpu *a = v->apic;

    if (!completed || a->vl.mode != APIC_MODE_XAPIC)
        return;
    if (!a->access_writes && !vlapic_has(&a->vl, a->accessed))
        apicv_raise(v, vlapic_error(&a->vl, APIC_ESR_ILLEGAL_REGISTER));
    xapic_scratch_replay(v, &a->scratch, write_register);
}

/* The event's stack or tables are in the registers. Undefined on hardware; here it is #DF. */
static enum exit_result event_in_registers(struct vcpu *v, const struct vm_exit *x)
{
    log_guest(v, "cpu %u: an event was delivered by way of the LAPIC page: #DF", v->index);
    if (x->apic.in_double_fault)
        return EXIT_INJECT_TRIPLE;
    virt_inject(v, &(struct vm_event){.vector = VEC_DF, .has_error = true});
    return EXIT_RESUME;
}

/*
 * Carries out the read of a register by a plain load, as of the timer's current count. Returns false
 * if only a step can: one is open already, or a breakpoint may watch the register.
 */
static bool load(struct vcpu *v, const struct xapic_target *t)
{
    const bool exists = t->offset == APIC_REG_TIMER_CURRENT || vlapic_has(&v->apic->vl, t->offset);

    if (v->apic->access_writes || !t->insn || v->step.active || !exists ||
        virt_breakpoints_enabled(v))
        return false;
    xapic_target_load(v, t, apicv_register_read(v, t->offset));
    return true;
}

enum exit_result apicv_access(struct vcpu *v, const struct vm_exit *x)
{
    static const struct step_kind kind = {PT_RW, restore, stepped};
    struct xapic_target target;
    struct apic_vcpu *a = v->apic;

    if (x->apic.access == APIC_ACCESS_EVENT)
        return event_in_registers(v, x);
    if (x->apic.access == APIC_ACCESS_FETCH)
        return slat_refuse_fetch(v);
    a->accessed = x->offset;
    a->access_writes = x->apic.access == APIC_ACCESS_WRITE;
    target = xapic_target_find(v, x->offset, a->access_writes);
    if (load(v, &target))
        return EXIT_RESUME;
    /* A register is the first of its four words. */
    if (a->accessed % APIC_REG_STRIDE < sizeof(uint32_t))
        a->accessed &= ~(APIC_REG_STRIDE - 1);
    if (a->access_writes)
        xapic_scratch_fill(v, &a->scratch, &target, read_register);
    else
        xapic_scratch_fill_for_read(v, &a->scratch, read_register);
    return step_begin(v, APIC_BASE_PA, (hpa_t)a->scratch.page, &kind,
                      a->access_writes && target.insn);
}
