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

/* There was no entry. */
static __attribute__((noinline)) void no_exit(struct vcpu *v, struct vm_exit *x,
                                              enum vmx_entry_result result)
{
    if (result != VMX_ENTRY_CUT_SHORT)
        vmx_entry_failed(v);
    atomic_fetch_and(&v->virt->entry.state, ~(uint32_t)VMX_STATE_NMI_TAKEN);
    x->kind = EXIT_NONE;
    x->reason = 0;
    x->rip = v->virt->guest_rip; /* a handler may have moved it since the last exit */
}

static __attribute__((noinline)) void decode(struct vcpu *v, struct vm_exit *x)
{
    vmx_decode_exit(v, x);
    if (x->kind == EXIT_NMI)
        take_nmi();
}

/*
 * The host takes NMIs between an exit and the next entry. An NMI that comes after the caller's last
 * look at what NMIs bring sets VMX_STATE_NMI_TAKEN, or moves the CPU out of the entry stub.
 */
void virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct virt_vcpu *vv = v->virt;
    enum vmx_entry_result result;

    if (vv->nmi_pending | vv->nmi_window | vv->event.info)
        load_events(v);
    if (v->gpr[GPR_RSP] != vv->guest_rsp)
        vmcs_write(VMCS_GUEST_RSP, v->gpr[GPR_RSP]);
    if (vmx_enter(v->gpr, &vv->entry, &result)) {
        no_exit(v, x, result);
        return;
    }
    vv = v->virt; /* loaded again, because the stub keeps no register that could hold it */
    atomic_store_explicit(&vv->entry.state, VMX_STATE_LAUNCHED, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst); /* the caller looks afterwards at what NMIs bring */
    vv->event.info = 0;
    vv->code_bits = 0;
    x->rip = vv->guest_rip = vmcs_read(VMCS_GUEST_RIP);
    if (!vmx_decode_frequent(v, x))
        decode(v, x);
    if (x->kind > EXIT_MSR_WRITE) /* CPUID, RDMSR and WRMSR neither use nor change RSP */
        v->gpr[GPR_RSP] = vv->guest_rsp = vmcs_read(VMCS_GUEST_RSP);
}
