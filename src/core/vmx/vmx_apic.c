/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCS controls and fields that make a virtual APIC; see vmx_apic.h. State: the VMCS of this
 * CPU.
 */
#include "core/vmx/vmx_apic.h"

#include <lapwing/errno.h>
#include "core/host/format.h"
#include "core/host/x86_insn.h"
#include "core/vmx/vmx_caps.h"
#include "core/vmx/vmx_vcpu.h"

static const struct vmx_control pin[] = {
    {PIN_EXTERNAL_INTERRUPT_EXITING, VMX_NEEDED, "external-interrupt exiting"},
    {PIN_PROCESS_POSTED, VMX_NEEDED, "process posted interrupts"},
};
static const struct vmx_control primary[] = {
    {PRIMARY_TPR_SHADOW, VMX_NEEDED, "use TPR shadow"},
    {PRIMARY_INTERRUPT_WINDOW, VMX_NEEDED, "interrupt-window exiting"},
};
static const struct vmx_control secondary[] = {
    {SECONDARY_VIRTUAL_X2APIC, VMX_NEEDED, "virtualize x2APIC mode"},
    {SECONDARY_APIC_ACCESSES, VMX_NEEDED, "virtualize APIC accesses"},
    {SECONDARY_APIC_REGISTERS, VMX_NEEDED, "APIC-register virtualization"},
    {SECONDARY_INTERRUPT_DELIVERY, VMX_NEEDED, "virtual-interrupt delivery"},
};
static const struct vmx_control exit_[] = {
    {EXITC_ACKNOWLEDGE, VMX_NEEDED, "acknowledge interrupt on exit"},
};

#define NEGOTIATE(msr, list, m) (void)vmx_negotiate(rdmsr(msr), list, ARRAY_SIZE(list), m)

int vmx_apic_probe(const char **missing)
{
    static char text[sizeof(struct vmx_missing) + 96];
    struct vmx_missing m = {.used = 0};

    NEGOTIATE(MSR_VMX_PIN, pin, &m);
    NEGOTIATE(MSR_VMX_PRIMARY, primary, &m);
    NEGOTIATE(MSR_VMX_SECONDARY, secondary, &m);
    NEGOTIATE(MSR_VMX_EXIT, exit_, &m);
    if (m.used == 0)
        return 0;
    format(text, sizeof(text),
           "this CPU's VMX lacks what apicv needs: %s; choose the strategy xapic_ept or "
           "x2apic_msr in menuconfig",
           m.text);
    *missing = text;
    return -ENODEV;
}

bool vmx_apic_offers_ipi_virtualization(void)
{
    return (rdmsr(MSR_VMX_PRIMARY) >> 32 & PRIMARY_TERTIARY) != 0 &&
           (rdmsr(MSR_VMX_TERTIARY) & TERTIARY_IPI) != 0;
}

void vmx_apic_setup(const struct vmx_apic_setup *s)
{
    vmcs_set32(VMCS_PIN_CONTROLS, PIN_EXTERNAL_INTERRUPT_EXITING | PIN_PROCESS_POSTED);
    vmcs_set32(VMCS_PRIMARY_CONTROLS, PRIMARY_TPR_SHADOW);
    vmcs_set32(VMCS_SECONDARY_CONTROLS, SECONDARY_APIC_REGISTERS | SECONDARY_INTERRUPT_DELIVERY);
    vmcs_set32(VMCS_EXIT_CONTROLS, EXITC_ACKNOWLEDGE);
    vmcs_write64(VMCS_VIRTUAL_APIC_PAGE, s->virtual_apic_page);
    vmcs_write64(VMCS_APIC_ACCESS_PAGE, s->access_page);
    vmcs_write64(VMCS_POSTED_DESCRIPTOR, s->posted_descriptor);
    vmcs_write16(VMCS_POSTED_VECTOR, s->notification_vector);
    vmcs_write16(VMCS_GUEST_INTERRUPT_STATUS, 0);
    vmcs_write32(VMCS_TPR_THRESHOLD, 0);
    for (unsigned i = 0; i < VMX_EOI_EXIT_WORDS; i++)
        vmx_apic_set_eoi_exits(i, 0);
}

void vmx_apic_set_mode(bool page, bool msrs)
{
    uint32_t controls = vmcs_read32(VMCS_SECONDARY_CONTROLS) &
                        ~(SECONDARY_APIC_ACCESSES | SECONDARY_VIRTUAL_X2APIC);

    vmcs_write32(VMCS_SECONDARY_CONTROLS, controls | (page ? SECONDARY_APIC_ACCESSES : 0) |
                                              (msrs ? SECONDARY_VIRTUAL_X2APIC : 0));
}

void vmx_apic_virtualize_ipis(void)
{
    vmcs_set32(VMCS_PRIMARY_CONTROLS, PRIMARY_TERTIARY);
    vmcs_write64(VMCS_TERTIARY_CONTROLS, TERTIARY_IPI);
}

void vmx_apic_set_pid_table(hpa_t table, uint16_t last_index)
{
    vmcs_write64(VMCS_PID_POINTER_TABLE, table);
    vmcs_write16(VMCS_LAST_PID_INDEX, last_index);
}

void vmx_apic_set_eoi_exits(unsigned word, uint64_t vectors)
{
    static const enum vmcs64 fields[VMX_EOI_EXIT_WORDS] = {
        VMCS_EOI_EXIT_BITMAP0, VMCS_EOI_EXIT_BITMAP1, VMCS_EOI_EXIT_BITMAP2, VMCS_EOI_EXIT_BITMAP3};

    vmcs_write64(fields[word], vectors);
}

void vmx_apic_set_interrupt_status(uint16_t status)
{
    vmcs_write16(VMCS_GUEST_INTERRUPT_STATUS, status);
}

void vmx_apic_request(uint8_t vector)
{
    const unsigned status = vmcs_read16(VMCS_GUEST_INTERRUPT_STATUS), rvi = status & 0xFF;

    if (vector > rvi)
        vmx_apic_set_interrupt_status((uint16_t)(status - rvi + vector));
}

static bool takes_interrupts(void)
{
    return (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) &&
           !(vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY) & INTERRUPTIBILITY_SHADOW);
}

bool vmx_apic_is_halted(void)
{
    return vmcs_read32(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT && takes_interrupts();
}

void vmx_apic_wake(void)
{
    vmcs_write32(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}

/* A pending debug trap comes first: the window opens behind it. */
bool vmx_apic_can_inject(const struct vcpu *v)
{
    return v->virt->event.info == 0 && takes_interrupts() &&
           vmcs_read(VMCS_GUEST_PENDING_DEBUG) == 0;
}

void vmx_apic_inject(struct vcpu *v, uint8_t vector)
{
    vmx_queue_event(v, VMX_EVENT_EXTERNAL | vector, 0, 0);
}

void vmx_apic_set_exits(bool window, bool ports)
{
    uint32_t controls = vmcs_read32(VMCS_PRIMARY_CONTROLS) & ~PRIMARY_INTERRUPT_WINDOW;

    vmcs_write32(VMCS_PRIMARY_CONTROLS, controls | (window ? PRIMARY_INTERRUPT_WINDOW : 0));
    vmx_ports_choose(ports);
}
