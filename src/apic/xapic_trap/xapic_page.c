/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trapped xAPIC page: its mapping, and what a write to a register does. xapic_method.h finds
 * out what was written. State: struct xapic_page, its own CPU only.
 */
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"

#include "apic/apic_base.h"
#include "apic/apic_regs.h"
#include "apic/icr.h"
#include "apic/xapic_trap/xapic_method.h"
#include "apic/physical/lapic.h"
#include "core/slat.h"
#include "core/virt.h"

void xapic_page_map(struct vcpu *v)
{
    bool on = apic_base_mode(v->apic_base) == APIC_MODE_XAPIC;

    pt_set_leaf(&v->slat, APIC_BASE_PA, on ? APIC_BASE_PA : slat_void_pa(), on ? PT_R : PT_RX,
                on ? PT_UC : PT_WB);
    virt_flush(v);
}

static void take_version(struct xapic_page *p)
{
    if (p->version)
        return;
    p->version = lapic_read(APIC_REG_VERSION);
    if (p->version & APIC_VERSION_EXT_SPACE)
        p->ext_features = lapic_read(APIC_REG_EXT_FEATURE);
}

void xapic_page_sync(struct vcpu *v)
{
    if (lapic_is_x2apic()) { /* the guest's APIC is disabled, and has no LDR to match */
        vcpu_set_identity(v, &(struct lapic_id){.id = v->apic_id});
        return;
    }
    take_version(xapic_page_of(v));
    vcpu_set_identity(v, &(struct lapic_id){
                             .id = v->apic_id,
                             .ldr = lapic_read(APIC_REG_LDR),
                             .dfr = lapic_read(APIC_REG_DFR),
                             .enabled = v->apic_base & APIC_BASE_EN,
                         });
}

bool xapic_page_read(struct vcpu *v, unsigned offset, uint32_t *value)
{
    const struct xapic_page *p = xapic_page_of(v);

    if (offset >= APIC_REG_EXT_FEATURE) {
        if (!(p->version & APIC_VERSION_EXT_SPACE) ||
            !apic_reg_is_extended(offset, p->ext_features))
            return false;
    } else if (!apic_reg_readable(offset, false) || offset == APIC_REG_APR ||
               offset == APIC_REG_RRD || offset == APIC_REG_LVT_CMCI) {
        return false;
    }
    *value = lapic_read_of(v, offset);
    return true;
}

static __attribute__((noinline)) void write_icr(struct vcpu *v, uint32_t low)
{
    if (smp_guest_ipi(v, icr_of_xapic(v->physical.icr_hi, low), false) == SMP_FORWARD)
        lapic_write_of(v, APIC_REG_ICR_LO, low);
}

/* Out of line: what it needs of the stack is not set up for a plain register. */
static __attribute__((noinline)) void write_special(struct vcpu *v, unsigned offset, uint32_t value)
{
    switch (offset) {
    case 0: /* reserved; QEMU takes it for a device's MSI, which may be an INIT */
        return;
    case APIC_REG_ID: /* writable on some old processors; Linux tries it, and IPIs need the ID */
        return;
    default:
        lapic_write_of(v, offset, apic_lvt_for_hardware(offset, value));
    }
    if (offset == APIC_REG_LDR || offset == APIC_REG_DFR)
        xapic_page_sync(v);
}

/* Frequent registers of which every value may go to the hardware as it is. */
#define REG_BIT(offset) BIT((offset) / APIC_REG_STRIDE)
#define PLAIN                                                                                      \
    (REG_BIT(APIC_REG_TPR) | REG_BIT(APIC_REG_EOI) | REG_BIT(APIC_REG_ICR_HI) |                    \
     REG_BIT(APIC_REG_LVT_TIMER) | REG_BIT(APIC_REG_TIMER_INITIAL))

void xapic_page_write(struct vcpu *v, unsigned offset, uint32_t value)
{
    if (offset < 64 * APIC_REG_STRIDE && (PLAIN & REG_BIT(offset)))
        lapic_write_of(v, offset, value);
    else if (offset == APIC_REG_ICR_LO)
        write_icr(v, value);
    else
        write_special(v, offset, value);
}

enum exit_result xapic_page_fault(struct vcpu *v, const struct vm_exit *x)
{
    const gpa_t offset = x->gpa - APIC_BASE_PA;
    struct xapic_target target;

    if (offset >= PAGE_SIZE)
        return EXIT_UNHANDLED;
    if (x->fault.in_event)
        return slat_fault_in_event(v, x);
    if (apic_base_mode(v->apic_base) != APIC_MODE_XAPIC)
        return slat_sink_write(v, APIC_BASE_PA);
    if (x->fault.fetch)
        return slat_refuse_fetch(v);
    target = x->fault.walk ? (struct xapic_target){.offset = (unsigned)offset}
                           : xapic_target_find(v, (unsigned)offset, true);
    return xapic_method(v, &target);
}
