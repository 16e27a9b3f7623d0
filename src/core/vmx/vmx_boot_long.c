/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting a guest in 64-bit mode, as a CPU of the firmware's was. State: the VMCS, its own CPU only.
 */
#include "core/descriptor.h"
#include "core/vmx/vmx_segment.h"
#include "core/vmx/vmx_vcpu.h"

#define RIGHTS_OF(descriptor) ((uint32_t)((descriptor) >> 40) & 0xF0FF)

static bool is_system(enum segment_number nr)
{
    return nr >= NR_LDTR;
}

static void load(enum segment_number nr, const struct virt_long_mode *here)
{
    const uint16_t selector = here->selector[nr];
    const uint64_t *d = descriptor_at(&here->gdtr, selector);

    if (selector >= FIRST_SELECTOR)
        vmx_set_segment(nr, selector,
                        is_system(nr) ? descriptor_system_base(d) : descriptor_base(*d),
                        descriptor_limit(*d), RIGHTS_OF(*d));
    else if (!is_system(nr)) /* the state after INIT stays in LDTR and TR, which VM entry accepts */
        vmx_set_segment(nr, selector, 0, 0, RIGHTS_UNUSABLE);
}

static void load_segments(const struct virt_long_mode *here)
{
    for (enum segment_number nr = NR_ES; nr <= NR_TR; nr++)
        load(nr, here);
    vmcs_write(VMCS_GUEST_FS_BASE, here->fs_base);
    vmcs_write(VMCS_GUEST_GS_BASE, here->gs_base);
}

/*
 * After virt_vcpu_reset() CR0 and CR4 hold what VMX operation fixes, and the caches' bits of the
 * hardware. The guest's own bits are added to them.
 */
static void set_control_registers(struct vcpu *v, const struct virt_long_mode *here)
{
    vmcs_write(VMCS_CR0_SHADOW, here->cr0 & v->virt->cr0_mask);
    vmcs_write(VMCS_GUEST_CR0, vmcs_read(VMCS_GUEST_CR0) | here->cr0);
    vmcs_write(VMCS_GUEST_CR3, here->cr3);
    vmcs_write(VMCS_GUEST_CR4, vmcs_read(VMCS_GUEST_CR4) | (here->cr4 & ~v->virt->cr4_mask));
    vmcs_write64(VMCS_GUEST_EFER, here->efer);
    vmcs_set32(VMCS_ENTRY_CONTROLS, ENTRYC_IA32E);
}

void virt_vcpu_boot_long(struct vcpu *v, const struct virt_long_mode *here)
{
    load_segments(here);
    vmcs_write(VMCS_GUEST_GDTR_BASE, here->gdtr.base);
    vmcs_write32(VMCS_GUEST_GDTR_LIMIT, here->gdtr.limit);
    vmcs_write(VMCS_GUEST_IDTR_BASE, here->idtr.base);
    vmcs_write32(VMCS_GUEST_IDTR_LIMIT, here->idtr.limit);
    set_control_registers(v, here);
    vmcs_write(VMCS_GUEST_RFLAGS, here->rflags);
    vmx_set_rip(v, here->rip);
    virt_write_reg(v, VREG_RSP, here->rsp);
}
