/* SPDX-License-Identifier: GPL-2.0-only */
/* What decides which code the guest runs. State: the VMCB, its own CPU only. */
#include "core/svm/svm_vcpu.h"

bool virt_code_64(const struct vcpu *v, struct virt_code *c)
{
    const struct vmcb *b = svm_vmcb(v);

    c->rip = b->rip;
    c->cr3 = b->cr3;
    c->cr4 = b->cr4;
    c->bits = 64;
    c->paging = VIRT_PAGING_64;
    return (b->efer & EFER_LMA) && (b->cs.attrib & SVM_SEG_LONG);
}

bool virt_breakpoints_enabled(const struct vcpu *v)
{
    return svm_vmcb(v)->dr7 & DR7_ENABLED;
}

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
