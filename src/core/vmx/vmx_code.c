/* SPDX-License-Identifier: GPL-2.0-only */
/* What decides which code the guest runs. State: the VMCS, its own CPU only. */
#include "core/vmx/vmx_vcpu.h"

static uint32_t paging(void)
{
    return (uint32_t)((vmcs_read(VMCS_GUEST_CR0) & CR0_PG) |
                      (vmcs_read64(VMCS_GUEST_EFER) & (EFER_LMA | EFER_NXE)));
}

/* Code above 4 GiB can be no other, and asking costs exits under a hypervisor. */
bool virt_code_64(const struct vcpu *v, struct virt_code *c)
{
    c->rip = v->virt->guest_rip;
    if (c->rip <= UINT32_MAX && (!(vmcs_read32(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG) ||
                                 !(vmcs_read64(VMCS_GUEST_EFER) & EFER_LMA)))
        return false;
    c->cr3 = vmcs_read(VMCS_GUEST_CR3);
    c->cr4 = vmcs_read(VMCS_GUEST_CR4);
    c->bits = 64;
    c->paging = VIRT_PAGING_64;
    return true;
}

bool virt_breakpoints_enabled(const struct vcpu *v)
{
    (void)v;
    return vmcs_read(VMCS_GUEST_DR7) & DR7_ENABLED;
}

void virt_code(const struct vcpu *v, struct virt_code *c)
{
    c->rip = v->virt->guest_rip;
    c->cr3 = vmcs_read(VMCS_GUEST_CR3);
    c->cr4 = vmcs_read(VMCS_GUEST_CR4);
    c->bits = virt_code_bits(v);
    c->paging = c->bits == 64 ? VIRT_PAGING_64 : paging();
}
