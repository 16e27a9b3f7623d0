/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering a VMX guest, and the exits that only VMX can handle. State: v->virt and the VMCS, its
 * own CPU only.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/vmx/vmx_insn.h"

/* Does what delivery of a #DB does to the debug registers, which an exit leaves to software. */
static void carry_out_db(bool is_int1)
{
    uint64_t bits = DB_QUAL_HITS | DB_QUAL_BD | DB_QUAL_BS;

    if (!is_int1) /* INT1 leaves no trace in DR6 */
        write_dr6((read_dr6() & ~DB_QUAL_HITS) | (vmcs_read(VMCS_EXIT_QUALIFICATION) & bits));
    vmcs_write(VMCS_GUEST_DR7, vmcs_read(VMCS_GUEST_DR7) & ~DR7_GD);
    vmcs_write64(VMCS_GUEST_DEBUGCTL,
                 vmcs_read64(VMCS_GUEST_DEBUGCTL) & ~(DEBUGCTL_LBR | DEBUGCTL_BTF));
}

/* Delivers an intercepted INT1, INT3 or INTO as what it is. */
static void queue_soft_exception(struct vcpu *v)
{
    uint32_t info = vmcs_read32(VMCS_EXIT_EVENT);

    if ((info & VMX_EVENT_TYPE) == VMX_EVENT_INT1)
        carry_out_db(true);
    vmx_queue_event(v, info & (VMX_EVENT_TYPE | VMX_EVENT_VECTOR), 0,
                    vmcs_read32(VMCS_EXIT_INSN_LENGTH));
}

enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    switch (x->kind) {
    case EXIT_CR_ACCESS:
        return vmx_cr_exit(v);
    case EXIT_RAW_EXCEPTION: /* #DB */
        carry_out_db(false);
        virt_inject(v, &x->excp.event);
        return EXIT_RESUME;
    default:
        queue_soft_exception(v);
        return EXIT_RESUME;
    }
}

static __attribute__((noinline)) void load_events(struct vcpu *v)
{
    const struct vmx_event *e = &v->virt->event;

    vmx_nmi_before_entry(v);
    if (!e->info)
        return;
    vmcs_write32(VMCS_ENTRY_EVENT, e->info);
    if (e->info & VMX_EVENT_ERROR)
        vmcs_write32(VMCS_ENTRY_EVENT_ERROR, e->error);
    if (e->insn_length)
        vmcs_write32(VMCS_ENTRY_INSN_LENGTH, e->insn_length);
}

static __attribute__((noinline)) void decode(struct vcpu *v, struct vm_exit *x)
{
    vmx_decode_exit(v, x);
    if (x->kind == EXIT_NMI)
        take_nmi();
}

/*
 * An NMI that the host takes between an exit and the next entry sets v->attention, and so does an event
 * for the guest. Then that is loaded into the VMCS, where it stays until there is an entry.
 */
bool virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct virt_vcpu *vv;

    if (!vmx_enter(v)) {
        load_events(v);
        return false;
    }
    vv = v->virt;
    vv->event.info = 0;
    vv->code_bits = 0;
    vv->guest_rip = vmcs_read(VMCS_GUEST_RIP);
    if (!vmx_decode_reason(v, x) && !vmx_decode_frequent(v, x))
        decode(v, x);
    return true;
}
