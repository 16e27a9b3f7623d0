/* SPDX-License-Identifier: GPL-2.0-only */
/* What decides which code the guest runs. State: the VMCB, its own CPU only. */
#include "core/svm/svm_vcpu.h"

void virt_code(const struct vcpu *v, struct virt_code *c)
{
    const struct vmcb *b = svm_vmcb(v);

    c->rip = b->rip;
    c->cr3 = b->cr3;
    c->cr4 = b->cr4;
    c->bits = virt_code_bits(v);
    c->paging = c->bits == 64 ? VIRT_PAGING_64
                              : (uint32_t)((b->cr0 & CR0_PG) | (b->efer & (EFER_LMA | EFER_NXE)));
}
