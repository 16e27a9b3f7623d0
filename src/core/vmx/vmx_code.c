/* SPDX-License-Identifier: GPL-2.0-only */
/* What decides which code the guest runs. State: the VMCS, its own CPU only. */
#include "core/vmx/vmx_vcpu.h"

static uint32_t paging(void)
{
    return (uint32_t)((vmcs_read(VMCS_GUEST_CR0) & CR0_PG) |
                      (vmcs_read64(VMCS_GUEST_EFER) & (EFER_LMA | EFER_NXE)));
}

void virt_code(const struct vcpu *v, struct virt_code *c)
{
    c->rip = v->virt->guest_rip;
    c->cr3 = vmcs_read(VMCS_GUEST_CR3);
    c->cr4 = vmcs_read(VMCS_GUEST_CR4);
    c->bits = virt_code_bits(v);
    c->paging = c->bits == 64 ? VIRT_PAGING_64 : paging();
}
