/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which accesses to the guest's LAPIC exit in each mode. The processor does the others. State: the
 * VMCS and the permission map of this CPU.
 */
#include "apic/apicv/apicv.h"

#include "core/virt.h"
#include "core/vmx/vmx_apic.h"

/*
 * The processor would answer a read of any x2APIC MSR from the page. So a register that the guest's
 * APIC lacks must exit for its #GP.
 */
static bool read_exits(const struct vlapic *vl, unsigned offset)
{
    uint64_t value;

    return vl->mode != APIC_MODE_X2APIC || !vlapic_read(vl, offset, &value) ||
           offset == APIC_REG_TIMER_CURRENT;
}

static bool write_exits(const struct apic_vcpu *a, unsigned offset)
{
    if (a->vl.mode != APIC_MODE_X2APIC)
        return true;
    if (offset == APIC_REG_ICR_LO)
        return !a->virtualizes_ipis;
    return offset != APIC_REG_TPR && offset != APIC_REG_EOI && offset != APIC_REG_SELF_IPI;
}

void apicv_set_mode(struct vcpu *v)
{
    const struct vlapic *vl = &v->apic->vl;

    vmx_apic_set_mode(vl->mode == APIC_MODE_XAPIC, vl->mode == APIC_MODE_X2APIC);
    apicv_choose_pid_table(v);
    for (uint32_t msr = APIC_MSR_X2APIC_FIRST; msr <= APIC_MSR_X2APIC_LAST; msr++) {
        unsigned offset = 0;

        (void)apic_reg_from_msr(msr, &offset);
        virt_trap_msr(v, msr, read_exits(vl, offset), write_exits(v->apic, offset));
    }
}
