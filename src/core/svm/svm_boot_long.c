/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a guest in 64-bit mode, as a CPU of the firmware's was. State: the VMCB, its own CPU only.
 */
#include "core/descriptor.h"
#include "core/svm/svm_insn.h"
#include "core/svm/svm_vcpu.h"

static struct vmcb_seg seg(const struct virt_long_mode *here, uint16_t selector)
{
    const uint64_t *d = descriptor_at(&here->gdtr, selector);

    if (selector < FIRST_SELECTOR)
        return (struct vmcb_seg){.selector = selector};
    return (struct vmcb_seg){
        .selector = selector,
        .attrib = (uint16_t)((*d >> 40 & 0xFF) | (*d >> 44 & 0xF00)),
        .limit = descriptor_limit(*d),
        .base = descriptor_base(*d),
    };
}

/* Without one the state after INIT stays, which VMRUN accepts. */
static void set_system(const struct virt_long_mode *here, struct vmcb_seg *s, uint16_t selector)
{
    if (selector < FIRST_SELECTOR)
        return;
    *s = seg(here, selector);
    s->base = descriptor_system_base(descriptor_at(&here->gdtr, selector));
}

static struct vmcb_seg table(const struct virt_table *t)
{
    return (struct vmcb_seg){.limit = t->limit, .base = t->base};
}

void virt_vcpu_boot_long(struct vcpu *v, const struct virt_long_mode *here)
{
    struct vmcb *b = svm_vmcb(v);

    b->cs = seg(here, here->cs);
    b->ss = seg(here, here->ss);
    b->ds = seg(here, here->ds);
    b->es = seg(here, here->es);
    b->fs = seg(here, here->fs);
    b->gs = seg(here, here->gs);
    b->fs.base = here->fs_base;
    b->gs.base = here->gs_base;
    set_system(here, &b->ldtr, here->ldtr);
    set_system(here, &b->tr, here->tr);
    vmload((hpa_t)b);
    b->gdtr = table(&here->gdtr);
    b->idtr = table(&here->idtr);
    b->cr0 = here->cr0;
    b->cr3 = here->cr3;
    b->cr4 = here->cr4;
    b->efer = here->efer | EFER_SVME;
    b->rflags = here->rflags;
    b->rip = here->rip;
    virt_write_reg(v, VREG_RSP, here->rsp);
}
