/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of a VMCS that is written once: controls, host state, and guest state that INIT keeps.
 * Runs on the CPU whose VMCS is current.
 */
#include "core/vmx/vmx_vcpu.h"

#include "boot/asm_const.h"
#include "core/host/idt.h"
#include "core/host/x86_insn.h"

struct vmx_controls vmx_controls;

/*
 * Fields that hold the same on each CPU. TR needs a selector that is not 0, and nothing else: an
 * exit takes base and rights from the VMCS, and host code never leaves ring 0 or uses IST stacks.
 */
static const struct {
    uint16_t field;
    int32_t value;
} constants[] = {
    {VMCS_EXCEPTION_BITMAP, VMX_EXCEPTIONS_ALWAYS},
    {VMCS_LINK_POINTER, -1},
    {VMCS_PAGE_FAULT_MASK, 0},
    {VMCS_PAGE_FAULT_MATCH, 0},
    {VMCS_CR3_TARGET_COUNT, 0},
    {VMCS_EXIT_MSR_STORE_COUNT, 0},
    {VMCS_EXIT_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_MSR_LOAD_COUNT, 0},
    {VMCS_ENTRY_EVENT, 0},
    {VMCS_HOST_CS_SELECTOR, SEL_CODE64},
    {VMCS_HOST_SS_SELECTOR, SEL_DATA},
    {VMCS_HOST_DS_SELECTOR, SEL_DATA},
    {VMCS_HOST_ES_SELECTOR, SEL_DATA},
    {VMCS_HOST_FS_SELECTOR, 0},
    {VMCS_HOST_GS_SELECTOR, 0},
    {VMCS_HOST_TR_SELECTOR, SEL_TSS},
    {VMCS_HOST_FS_BASE, 0},
    {VMCS_HOST_GS_BASE, 0},
    {VMCS_HOST_TR_BASE, 0},
    {VMCS_HOST_SYSENTER_CS, 0},
    {VMCS_HOST_SYSENTER_ESP, 0},
    {VMCS_HOST_SYSENTER_EIP, 0},
    {VMCS_HOST_RSP, 0},
};

/* Fields that begin as the firmware left an MSR. INIT keeps the guest's. */
static const struct {
    uint16_t field;
    uint32_t msr;
} copies[] = {
    {VMCS_HOST_EFER, MSR_EFER},
    {VMCS_HOST_PAT, MSR_PAT},
    {VMCS_GUEST_PAT, MSR_PAT},
    {VMCS_GUEST_SYSENTER_CS, MSR_SYSENTER_CS},
    {VMCS_GUEST_SYSENTER_ESP, MSR_SYSENTER_ESP},
    {VMCS_GUEST_SYSENTER_EIP, MSR_SYSENTER_EIP},
};

static void setup_listed(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(constants); i++)
        vmcs_write_raw(constants[i].field, (uint64_t)constants[i].value);
    for (unsigned i = 0; i < ARRAY_SIZE(copies); i++)
        vmcs_write_raw(copies[i].field, rdmsr(copies[i].msr));
}

static void setup_controls(const struct virt_vcpu *vv)
{
    vmcs_write32(VMCS_PIN_CONTROLS, vmx_controls.pin);
    vmcs_write32(VMCS_PRIMARY_CONTROLS, vmx_controls.primary);
    vmcs_write32(VMCS_SECONDARY_CONTROLS, vmx_controls.secondary);
    vmcs_write32(VMCS_EXIT_CONTROLS, vmx_controls.exit);
    vmcs_write32(VMCS_ENTRY_CONTROLS, vmx_controls.entry);
    vmcs_write64(VMCS_MSR_BITMAP, (hpa_t)&vv->msr_bitmap);
    vmx_ports_setup();
    vmcs_write64(VMCS_EPTP, vv->eptp);
    if (vmx_controls.secondary & SECONDARY_VPID)
        vmcs_write16(VMCS_VPID, VMX_VPID);
    if (vmx_controls.secondary & SECONDARY_XSAVES)
        vmcs_write64(VMCS_XSS_EXITING_BITMAP, 0);
}

static void setup_host(void)
{
    vmcs_write(VMCS_HOST_CR0, read_cr0());
    vmcs_write(VMCS_HOST_CR3, read_cr3());
    vmcs_write(VMCS_HOST_CR4, read_cr4());
    vmcs_write(VMCS_HOST_GDTR_BASE, gdt_base());
    vmcs_write(VMCS_HOST_IDTR_BASE, idt_base());
    vmcs_write(VMCS_HOST_RIP, (uint64_t)vmx_first_exit_point);
}

void vmx_setup_vmcs(struct vcpu *v)
{
    setup_listed();
    setup_controls(v->virt);
    setup_host();
}
