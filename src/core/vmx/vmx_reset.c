/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU after INIT, and where it starts. State: v->virt and the VMCS, its own CPU only.
 */
#include "core/vmx/vmx_vcpu.h"

#include <lapwing/string.h>
#include "core/vmx/vmx_insn.h"
#include "core/vmx/vmx_segment.h"
#include "core/host/x86_insn.h"

/* Access rights: bits 55:52 and 47:40 of a descriptor. */
#define RIGHTS_CODE16 0x009B
#define RIGHTS_DATA16 0x0093
#define RIGHTS_CODE32 0xC09B
#define RIGHTS_DATA32 0xC093
#define RIGHTS_LDT    0x0082
#define RIGHTS_TSS    0x008B

/* What INIT always makes the same. */
static const struct {
    uint16_t field;
    uint32_t value;
} constants[] = {
    {VMCS_ENTRY_EVENT, 0}, /* INIT drops a queued event, and the NMIs' blocking */
    {VMCS_GUEST_INTERRUPTIBILITY, 0},
    {VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE},
    {VMCS_GUEST_PENDING_DEBUG, 0},
    {VMCS_GUEST_GDTR_BASE, 0},
    {VMCS_GUEST_GDTR_LIMIT, 0xFFFF},
    {VMCS_GUEST_IDTR_BASE, 0},
    {VMCS_GUEST_IDTR_LIMIT, 0xFFFF},
    {VMCS_CR0_SHADOW, 0},
    {VMCS_CR4_SHADOW, 0},
    {VMCS_GUEST_CR3, 0},
    {VMCS_GUEST_EFER, 0},
    {VMCS_GUEST_DR7, DR7_RESET},
    {VMCS_GUEST_DEBUGCTL, 0},
    {VMCS_GUEST_RFLAGS, RFLAGS_RESERVED1},
    {VMCS_GUEST_RSP, 0},
};

static void set_data_segments(uint16_t selector, uint32_t limit, uint32_t rights)
{
    for (enum segment_number nr = NR_ES; nr <= NR_GS; nr++) {
        if (nr != NR_CS)
            vmx_set_segment(nr, selector, 0, limit, rights);
    }
}

static void reset_segments(void)
{
    set_data_segments(0, 0xFFFF, RIGHTS_DATA16);
    vmx_set_segment(NR_CS, 0xF000, 0xFFFF0000, 0xFFFF, RIGHTS_CODE16);
    vmx_set_segment(NR_LDTR, 0, 0, 0xFFFF, RIGHTS_LDT);
    vmx_set_segment(NR_TR, 0, 0, 0xFFFF, RIGHTS_TSS);
}

/* CD and NW are always the hardware's own: neither entry nor exit changes them. */
static void reset_control_registers(struct virt_vcpu *vv)
{
    vv->cr0_mask = vmx_cr0_fixed();
    vmcs_write(VMCS_CR0_MASK, vv->cr0_mask);
    vmcs_write(VMCS_GUEST_CR0, CR0_ET | vv->cr0_mask | (read_cr0() & (CR0_CD | CR0_NW)));
    vv->cr4_mask = vmx_cr4_masked();
    vmcs_write(VMCS_CR4_MASK, vv->cr4_mask);
    vmcs_write(VMCS_GUEST_CR4, vmx_cr4_fixed());
    vmcs_clear32(VMCS_ENTRY_CONTROLS, ENTRYC_IA32E);
}

/* The registers that are the guest's in the CPU itself. */
static void reset_live_registers(void)
{
    write_cr2(0);
    clear_dr0_to_dr3();
    write_dr6(DR6_RESET);
}

void virt_vcpu_reset(struct vcpu *v)
{
    struct virt_vcpu *vv = v->virt;

    vv->event = (struct vmx_event){0};
    vv->nmi_pending = 0;
    vcpu_attend(v); /* to close the NMI window, if it is open */
    vv->uses_debugctl = false;
    vv->code_bits = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(constants); i++)
        vmcs_write_raw(constants[i].field, constants[i].value);
    reset_segments();
    reset_control_registers(vv);
    reset_live_registers();
    vmx_set_rip(v, 0xFFF0);
    memset(v->gpr, 0, sizeof(v->gpr));
    v->gpr[GPR_RDX] = cpuid(1, 0).eax; /* family, model, stepping */
    if (vmx_controls.secondary & SECONDARY_VPID)
        (void)invvpid(VMX_INV_SINGLE, VMX_VPID);
    virt_flush(v);
}

void virt_vcpu_start(struct vcpu *v, uint16_t cs, uint16_t ip)
{
    vmx_set_segment(NR_CS, cs, (uint64_t)cs << 4, 0xFFFF, RIGHTS_CODE16);
    vmx_set_rip(v, ip);
}

void virt_vcpu_boot_flat32(struct vcpu *v, const struct virt_flat32 *boot)
{
    set_data_segments(boot->ds, 0xFFFFFFFF, RIGHTS_DATA32);
    vmx_set_segment(NR_CS, boot->cs, 0, 0xFFFFFFFF, RIGHTS_CODE32);
    vmcs_write(VMCS_GUEST_GDTR_BASE, boot->gdt_base);
    vmcs_write32(VMCS_GUEST_GDTR_LIMIT, boot->gdt_limit);
    vmcs_write(VMCS_GUEST_CR0, vmcs_read(VMCS_GUEST_CR0) | CR0_PE);
    vmx_set_rip(v, boot->entry);
}
