/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's NMIs. Virtual NMIs keep the architecture's blocking in hardware, and an NMI window
 * tells when the next NMI may be injected.
 *
 * In VMX root operation a physical NMI goes through the host's IDT. The host must not enter the
 * guest before it has looked at what an NMI brought. So the handler sets v->attention, and moves a
 * CPU that is past its look away from the entry (vmx_entry.S). State: v->virt, its own CPU only.
 */
#include "core/vmx/vmx_vcpu.h"

/* One NMI is in its handler and one in the latch. Before the first is injected both wait here. */
void virt_inject_nmi(struct vcpu *v)
{
    bool blocked = vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY) & INTERRUPTIBILITY_NMI;
    unsigned limit = blocked ? 1 : 2;

    if (v->virt->nmi_pending < limit)
        v->virt->nmi_pending++;
    vcpu_attend(v);
}

static void set_window(struct vcpu *v, bool on)
{
    if (v->virt->nmi_window == on)
        return;
    v->virt->nmi_window = on;
    if (on)
        vmcs_set32(VMCS_PRIMARY_CONTROLS, PRIMARY_NMI_WINDOW);
    else
        vmcs_clear32(VMCS_PRIMARY_CONTROLS, PRIMARY_NMI_WINDOW);
}

/* Injection under STI blocking fails on some CPUs. A pending debug trap comes first. */
static bool can_inject(const struct vcpu *v)
{
    return v->virt->event.info == 0 &&
           !(vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY) &
             (INTERRUPTIBILITY_SHADOW | INTERRUPTIBILITY_NMI)) &&
           vmcs_read(VMCS_GUEST_PENDING_DEBUG) == 0;
}

void vmx_nmi_before_entry(struct vcpu *v)
{
    if (v->virt->nmi_pending == 0 || v->virt->step.active) {
        set_window(v, false);
        return;
    }
    if (can_inject(v)) {
        v->virt->nmi_pending--;
        vmx_queue_event(v, VMX_EVENT_NMI | VEC_NMI, 0, 0);
    }
    set_window(v, v->virt->nmi_pending != 0);
}

uint64_t virt_nmi_taken(struct vcpu *v, uint64_t rip)
{
    (void)v;
    return vmx_nmi_resume_rip(rip);
}

/* An NMI reaches the host's handler at any time. */
void virt_host_open(void)
{
}

void virt_host_close(void)
{
}
