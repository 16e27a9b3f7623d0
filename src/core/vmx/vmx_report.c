/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic prints of VMX. Reads v->virt and the VMCS, its own CPU only. */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/log.h"
#include "core/vmx/vmx_insn.h"
#include "core/report.h"

static const struct {
    const char *name;
    uint16_t field;
} printed[] = {
    {"exit", VMCS_EXIT_REASON},
    {"qualification", VMCS_EXIT_QUALIFICATION},
    {"insn length", VMCS_EXIT_INSN_LENGTH},
    {"event", VMCS_EXIT_EVENT},
    {"vectoring", VMCS_IDT_VECTORING},
    {"entry event", VMCS_ENTRY_EVENT},
    {"entry error", VMCS_VM_INSTRUCTION_ERROR},
    {"interruptibility", VMCS_GUEST_INTERRUPTIBILITY},
    {"activity", VMCS_GUEST_ACTIVITY},
    {"pending debug", VMCS_GUEST_PENDING_DEBUG},
    {"cs", VMCS_GUEST_CS_SELECTOR},
    {"cs base", VMCS_GUEST_CS_BASE},
    {"cs rights", VMCS_GUEST_CS_RIGHTS},
    {"ss rights", VMCS_GUEST_SS_RIGHTS},
    {"pin", VMCS_PIN_CONTROLS},
    {"primary", VMCS_PRIMARY_CONTROLS},
    {"secondary", VMCS_SECONDARY_CONTROLS},
    {"exit controls", VMCS_EXIT_CONTROLS},
    {"entry controls", VMCS_ENTRY_CONTROLS},
};

void virt_print_state(const struct vcpu *v)
{
    if (!v->virt->loaded)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(printed); i++)
        report_value(printed[i].name, vmcs_read_raw(printed[i].field));
    log_raw("panic", "event %x nmi %u step %d dr6 %lx", v->virt->event.info, v->virt->nmi_pending,
            v->virt->step.active, read_dr6());
}
