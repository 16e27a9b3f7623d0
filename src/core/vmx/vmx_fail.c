/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM entries that the CPU refuses. Bad controls or host state are broken host invariants. A guest
 * state that cannot be entered ends the guest, as on SVM. Some of the manual's checks are repeated
 * here so that the log names a field. State: this CPU's VMCS.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/log.h"
#include "core/log_guest.h"

/* The VM-instruction errors that entries raise ("VM Instruction Error Numbers"). */
static const char *instruction_error(uint32_t error)
{
    switch (error) {
    case 4:
        return "VMLAUNCH with a VMCS that is not clear";
    case 5:
        return "VMRESUME with a VMCS that was not launched";
    case 7:
        return "invalid control fields";
    case 8:
        return "invalid host-state fields";
    case 26:
        return "events blocked by MOV SS";
    default:
        return "see VM Instruction Error Numbers";
    }
}

void vmx_entry_failed(const struct vcpu *v)
{
    uint32_t error = vmcs_read32(VMCS_VM_INSTRUCTION_ERROR);

    panic("cpu %u: VM entry failed: error %u, %s", v->index, error, instruction_error(error));
}

/* Returns the first check of "Checks on the Guest State Area" that fails, or NULL. */
static const char *suspicious_field(void)
{
    uint64_t cr0 = vmcs_read(VMCS_GUEST_CR0), cr4 = vmcs_read(VMCS_GUEST_CR4);
    uint64_t efer = vmcs_read64(VMCS_GUEST_EFER), rflags = vmcs_read(VMCS_GUEST_RFLAGS);
    uint32_t blocking = vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY);
    uint32_t event = vmcs_read32(VMCS_ENTRY_EVENT), type = event & VMX_EVENT_TYPE;
    bool ia32e = vmcs_read32(VMCS_ENTRY_CONTROLS) & ENTRYC_IA32E;
    bool trapping = (rflags & RFLAGS_TF) && !(vmcs_read64(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF);

    if ((cr0 & CR0_PG) && !(cr0 & CR0_PE))
        return "GUEST_CR0: PG without PE";
    if (ia32e && (!(cr0 & CR0_PG) || !(cr4 & CR4_PAE)))
        return "ENTRY_CONTROLS: IA-32e mode without PG and PAE";
    if (ia32e != !!(efer & EFER_LMA) ||
        ((cr0 & CR0_PG) && !(efer & EFER_LMA) != !(efer & EFER_LME)))
        return "GUEST_EFER: LMA does not agree with LME and IA-32e mode";
    if (!(rflags & RFLAGS_RESERVED1))
        return "GUEST_RFLAGS: bit 1 is 0";
    if ((blocking & INTERRUPTIBILITY_STI) && !(rflags & RFLAGS_IF))
        return "GUEST_INTERRUPTIBILITY: blocking by STI with IF = 0";
    if ((blocking & INTERRUPTIBILITY_SHADOW) == INTERRUPTIBILITY_SHADOW)
        return "GUEST_INTERRUPTIBILITY: blocking by STI and by MOV SS";
    if ((blocking & INTERRUPTIBILITY_SHADOW) &&
        trapping != !!(vmcs_read(VMCS_GUEST_PENDING_DEBUG) & DR6_BS))
        return "GUEST_PENDING_DEBUG: BS does not agree with TF under a shadow";
    if (vmcs_read32(VMCS_GUEST_ACTIVITY) != ACTIVITY_ACTIVE && (blocking & INTERRUPTIBILITY_SHADOW))
        return "GUEST_ACTIVITY: not active under a shadow";
    if (event & VMX_EVENT_VALID) {
        if (type == VMX_EVENT_EXTERNAL &&
            (!(rflags & RFLAGS_IF) || (blocking & INTERRUPTIBILITY_SHADOW)))
            return "ENTRY_EVENT: an interrupt that is blocked";
        if (type == VMX_EVENT_NMI && (blocking & (INTERRUPTIBILITY_MOV_SS | INTERRUPTIBILITY_NMI)))
            return "ENTRY_EVENT: an NMI that is blocked";
    }
    if (!(vmcs_read32(VMCS_GUEST_TR_RIGHTS) & RIGHTS_PRESENT))
        return "GUEST_TR_RIGHTS: not present";
    return NULL;
}

void vmx_entry_refused(struct vcpu *v, struct vm_exit *x)
{
    const char *field = suspicious_field();

    if ((x->reason & VMX_EXIT_REASON_BASIC) != VMX_EXIT_BAD_GUEST_STATE)
        panic("VM entry refused, exit reason %x", x->reason);
    log_guest(v, "cpu %u: VM entry refused at %lx, qualification %lx: %s", v->index,
              v->virt->guest_rip, vmcs_read(VMCS_EXIT_QUALIFICATION),
              field ? field : "no check of Lapwing's own finds the field at fault");
    x->kind = EXIT_TRIPLE_FAULT;
}
