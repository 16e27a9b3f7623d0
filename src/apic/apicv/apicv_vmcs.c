/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMCS controls and fields that make a virtual APIC. All of this strategy's writes to them are
 * here, but for those that IPI virtualization and ExtINTs need. Each function but
 * apicv_probe_controls() writes this CPU's VMCS. (Intel SDM Vol. 3C, "APIC Virtualization and
 * Virtual Interrupts")
 */
#include "apic/apicv/apicv.h"

#include <lapwing/errno.h>
#include "apic/apicv/vlapic_irq.h"
#include "core/host/format.h"
#include "core/host/log.h"
#include "core/virt.h"
#include "core/vmx/vmx_caps.h"
#include "core/vmx/vmx_vcpu.h"
#include "core/host/x86_insn.h"

static const struct vmx_control pin[] = {
    {PIN_EXTERNAL_INTERRUPT_EXITING, VMX_NEEDED, "external-interrupt exiting"},
    {PIN_PROCESS_POSTED, VMX_NEEDED, "process posted interrupts"},
};
static const struct vmx_control primary[] = {
    {PRIMARY_TPR_SHADOW, VMX_NEEDED, "use TPR shadow"},
    {PRIMARY_INTERRUPT_WINDOW, VMX_NEEDED, "interrupt-window exiting"},
    {PRIMARY_IO_BITMAPS, VMX_NEEDED, "use I/O bitmaps"},
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

#define PIN       (PIN_EXTERNAL_INTERRUPT_EXITING | PIN_PROCESS_POSTED)
#define SECONDARY (SECONDARY_APIC_REGISTERS | SECONDARY_INTERRUPT_DELIVERY)

/* The ports that exit while an ExtINT waits: the PICs'. One bit a port, two pages. */
static uint8_t io_bitmaps[2 * PAGE_SIZE] __attribute__((aligned(4096)));

#define NEGOTIATE(msr, list, m) (void)vmx_negotiate(rdmsr(msr), list, ARRAY_SIZE(list), m)

int apicv_probe_controls(const char **missing)
{
    static char text[sizeof(struct vmx_missing) + 96];
    struct vmx_missing m = {.used = 0};

    NEGOTIATE(MSR_VMX_PIN, pin, &m);
    NEGOTIATE(MSR_VMX_PRIMARY, primary, &m);
    NEGOTIATE(MSR_VMX_SECONDARY, secondary, &m);
    NEGOTIATE(MSR_VMX_EXIT, exit_, &m);
    if (m.used) {
        format(text, sizeof(text),
               "this CPU's VMX lacks what apicv needs: %s; choose the strategy xapic_ept or "
               "x2apic_msr in menuconfig",
               m.text);
        *missing = text;
        return -ENODEV;
    }
    log_info("apicv: posted interrupts, notification vector %x; IPI virtualization %s",
             APICV_NOTIFICATION_VECTOR,
             apicv_offers_ipi_virtualization() ? "is on: most IPIs exit nowhere"
                                               : "is not offered: each IPI exits at its sender");
    return 0;
}

static void watch_port(unsigned port)
{
    io_bitmaps[port / 8] |= (uint8_t)(1U << port % 8);
}

void apicv_setup_vmcs(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;

    vmcs_set32(VMCS_PIN_CONTROLS, PIN);
    vmcs_set32(VMCS_PRIMARY_CONTROLS, PRIMARY_TPR_SHADOW);
    vmcs_set32(VMCS_SECONDARY_CONTROLS, SECONDARY);
    vmcs_set32(VMCS_EXIT_CONTROLS, EXITC_ACKNOWLEDGE);
    vmcs_write64(VMCS_VIRTUAL_APIC_PAGE, (hpa_t)a->page);
    vmcs_write64(VMCS_APIC_ACCESS_PAGE, apicv_access_page());
    vmcs_write64(VMCS_POSTED_DESCRIPTOR, (hpa_t)&a->posted);
    vmcs_write16(VMCS_POSTED_VECTOR, APICV_NOTIFICATION_VECTOR);
    vmcs_write16(VMCS_GUEST_INTERRUPT_STATUS, 0);
    vmcs_write32(VMCS_TPR_THRESHOLD, 0);
    apicv_setup_ipi_virtualization(v);
    watch_port(PIC_COMMAND);
    watch_port(PIC_DATA);
    watch_port(PIC_COMMAND + PIC_SLAVE);
    watch_port(PIC_DATA + PIC_SLAVE);
    vmcs_write64(VMCS_IO_BITMAP_A, (hpa_t)io_bitmaps);
    vmcs_write64(VMCS_IO_BITMAP_B, (hpa_t)io_bitmaps + PAGE_SIZE);
    for (unsigned i = 0; i < EOI_GATE_WORDS; i++)
        apicv_write_eoi_exits(v, i);
}

/*
 * The x2APIC MSRs that the processor does not handle by itself. The processor would answer a read
 * of any of them from the page, so a register that the guest's APIC lacks must exit for its #GP.
 */
static bool read_exits(const struct vlapic *vl, unsigned offset)
{
    uint64_t value;

    return vl->mode != APIC_MODE_X2APIC || !vlapic_read(vl, offset, &value) ||
           offset == APIC_REG_TIMER_CURRENT;
}

static bool write_exits(const struct apic_vcpu *a, unsigned offset)
{
    if (a->vl.mode != APIC_MODE_X2APIC)
        return true;
    if (offset == APIC_REG_ICR_LO)
        return !a->virtualizes_ipis;
    return offset != APIC_REG_TPR && offset != APIC_REG_EOI && offset != APIC_REG_SELF_IPI;
}

void apicv_set_mode(struct vcpu *v)
{
    const struct vlapic *vl = &v->apic->vl;
    uint32_t controls = vmcs_read32(VMCS_SECONDARY_CONTROLS);

    controls &= ~(SECONDARY_APIC_ACCESSES | SECONDARY_VIRTUAL_X2APIC);
    if (vl->mode == APIC_MODE_XAPIC)
        controls |= SECONDARY_APIC_ACCESSES;
    else if (vl->mode == APIC_MODE_X2APIC)
        controls |= SECONDARY_VIRTUAL_X2APIC;
    vmcs_write32(VMCS_SECONDARY_CONTROLS, controls);
    apicv_choose_pid_table(v);
    for (uint32_t msr = APIC_MSR_X2APIC_FIRST; msr <= APIC_MSR_X2APIC_LAST; msr++) {
        unsigned offset = 0;

        (void)apic_reg_from_msr(msr, &offset);
        virt_trap_msr(v, msr, read_exits(vl, offset), write_exits(v->apic, offset));
    }
}

void apicv_write_eoi_exits(struct vcpu *v, unsigned word)
{
    static const enum vmcs64 fields[EOI_GATE_WORDS] = {
        VMCS_EOI_EXIT_BITMAP0, VMCS_EOI_EXIT_BITMAP1, VMCS_EOI_EXIT_BITMAP2, VMCS_EOI_EXIT_BITMAP3};

    vmcs_write64(fields[word], v->apic->eoi_exits[word]);
}

void apicv_write_interrupt_status(struct vcpu *v)
{
    vmcs_write16(VMCS_GUEST_INTERRUPT_STATUS, vlapic_interrupt_status(&v->apic->vl));
    v->apic->stale = false;
}

/* Wakes a halted CPU if this entry makes a virtual interrupt deliverable. */
void apicv_wake(struct vcpu *v)
{
    if (vmcs_read32(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT && apicv_takes_interrupts() &&
        vlapic_deliverable(&v->apic->vl))
        vmcs_write32(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}
