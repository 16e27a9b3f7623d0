/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which accesses to the guest's LAPIC exit in each mode. The processor does the others. State: the
 * VMCS and the permission map of this CPU.
 */
#include "apic/apicv/apicv.h"

#include "core/slat.h"
#include "core/virt.h"
#include "core/vmx/vmx_apic.h"

/* The guest's translation of the xAPIC page ends here. Nobody ever sees the content. */
static uint8_t access_page[PAGE_SIZE] __attribute__((aligned(4096)));

hpa_t apicv_access_page(void)
{
    return (hpa_t)access_page;
}

/*
 * The processor would answer a read of any x2APIC MSR from the page. So a register that the guest's
 * APIC lacks must exit for its #GP.
 */
static bool read_exits(const struct vlapic *vl, unsigned offset)
{
    uint64_t value;

    return !vlapic_read(vl, offset, &value) || offset == APIC_REG_TIMER_CURRENT;
}

static bool write_exits(const struct apic_vcpu *a, unsigned offset)
{
    if (offset == APIC_REG_ICR_LO)
        return !a->virtualizes_ipis;
    return offset != APIC_REG_TPR && offset != APIC_REG_EOI && offset != APIC_REG_SELF_IPI;
}

static void open_x2apic(struct vcpu *v)
{
    for (uint32_t msr = APIC_MSR_X2APIC_FIRST; msr <= APIC_MSR_X2APIC_LAST; msr++) {
        unsigned offset = 0;

        (void)apic_reg_from_msr(msr, &offset);
        virt_trap_msrs(v, msr, msr, read_exits(&v->apic->vl, offset), write_exits(v->apic, offset));
    }
}

void apicv_set_mode(struct vcpu *v)
{
    const struct vlapic *vl = &v->apic->vl;

    vmx_apic_set_mode(vl->mode == APIC_MODE_XAPIC, vl->mode == APIC_MODE_X2APIC);
    apicv_choose_pid_table(v);
    virt_trap_msrs(v, APIC_MSR_X2APIC_FIRST, APIC_MSR_X2APIC_LAST, true, true);
    if (vl->mode == APIC_MODE_X2APIC)
        open_x2apic(v);
}

/*
 * Maps the xAPIC page: the APIC-access page in xAPIC mode, else the page of ones. The right to
 * execute decides before the APIC-access page does: what is fetched from registers is #GP.
 */
void apicv_map_page(struct vcpu *v)
{
    bool xapic = v->apic->vl.mode == APIC_MODE_XAPIC;

    pt_set_leaf(&v->slat, APIC_BASE_PA, xapic ? apicv_access_page() : slat_void_pa(),
                xapic ? PT_RW : PT_RX, PT_WB);
    virt_flush(v);
}
