/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering a VMX guest, and saying in neutral words why it came back. */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/log.h"
#include "core/vmx/vmx_insn.h"

/*
 * An exit in the middle of an event's delivery: deliver it again. The instruction of a software
 * interrupt or exception is where RIP still is, and does that itself.
 */
static bool requeue_event(struct vcpu *v)
{
    uint32_t info = vmcs_read32(VMCS_IDT_VECTORING), type = info & VMX_EVENT_TYPE;

    if (!(info & VMX_EVENT_VALID))
        return false;
    if (type != VMX_EVENT_EXTERNAL && type != VMX_EVENT_NMI && type != VMX_EVENT_EXCEPTION)
        return true;
    if (type == VMX_EVENT_NMI) /* it is not in its handler yet */
        vmcs_clear32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
    v->virt->event = (struct vmx_event){
        .info = info & (VMX_EVENT_VECTOR | VMX_EVENT_TYPE | VMX_EVENT_ERROR | VMX_EVENT_VALID),
        .error = info & VMX_EVENT_ERROR ? vmcs_read32(VMCS_IDT_VECTORING_ERROR) : 0,
    };
    return true;
}

/* An IRET that faults has unblocked NMIs already; it will be executed again. */
static void reblock_nmi(void)
{
    vmcs_set32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
}

static void decode_ept_violation(struct vcpu *v, struct vm_exit *x)
{
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
    uint32_t during = vmcs_read32(VMCS_IDT_VECTORING);

    x->kind = EXIT_PAGE_FAULT;
    x->fault.gpa = vmcs_read64(VMCS_GUEST_PHYSICAL_ADDRESS);
    x->fault.write = qual & EPT_QUAL_WRITE;
    x->fault.fetch = qual & EPT_QUAL_FETCH;
    x->fault.walk = (qual & EPT_QUAL_LINEAR_VALID) && !(qual & EPT_QUAL_TRANSLATED);
    x->fault.in_double_fault = (during & (VMX_EVENT_VALID | VMX_EVENT_TYPE | VMX_EVENT_VECTOR)) ==
                               (VMX_EVENT_VALID | VMX_EVENT_EXCEPTION | VEC_DF);
    x->fault.in_event = requeue_event(v);
    if (!x->fault.in_event && (qual & EPT_QUAL_NMI_UNBLOCKED))
        reblock_nmi();
}

/* "Double Fault": a contributory exception while a contributory one or #PF is delivered. */
static bool contributory(uint32_t vector)
{
    return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP) || vector == VEC_CP;
}

static void merge_exceptions(struct vm_exit *x, uint8_t vector)
{
    uint32_t during = vmcs_read32(VMCS_IDT_VECTORING), first = during & VMX_EVENT_VECTOR;

    if (!(during & VMX_EVENT_VALID) || (during & VMX_EVENT_TYPE) != VMX_EVENT_EXCEPTION)
        return;
    if (first == VEC_DF)
        x->kind = EXIT_TRIPLE_FAULT;
    else if ((contributory(first) && contributory(vector)) ||
             (first == VEC_PF && (contributory(vector) || vector == VEC_PF)))
        x->excp.event = (struct vm_event){.vector = VEC_DF, .has_error = true};
}

/* What delivery of a #DB does to the debug registers; an exit leaves it to us. */
static void carry_out_db(uint64_t qual)
{
    uint64_t bits = DB_QUAL_HITS | DB_QUAL_BD | DB_QUAL_BS;

    write_dr6((read_dr6() & ~DB_QUAL_HITS) | (qual & bits));
    vmcs_write(VMCS_GUEST_DR7, vmcs_read(VMCS_GUEST_DR7) & ~DR7_GD);
    vmcs_write64(VMCS_GUEST_DEBUGCTL,
                 vmcs_read64(VMCS_GUEST_DEBUGCTL) & ~(DEBUGCTL_LBR | DEBUGCTL_BTF));
}

static void decode_exception(struct vcpu *v, struct vm_exit *x)
{
    uint32_t info = vmcs_read32(VMCS_EXIT_EVENT), type = info & VMX_EVENT_TYPE;
    uint8_t vector = (uint8_t)(info & VMX_EVENT_VECTOR);
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);

    if (type == VMX_EVENT_NMI) {
        x->kind = EXIT_NMI;
        take_nmi();
        return;
    }
    if ((info & VMX_EVENT_NMI_UNBLOCKED) && vector != VEC_DF &&
        !(vmcs_read32(VMCS_IDT_VECTORING) & VMX_EVENT_VALID))
        reblock_nmi();
    if (vector == VEC_DB && vmx_step_ends_with_db(v, qual)) {
        x->kind = EXIT_STEP;
        return;
    }
    if (vector == VEC_DB)
        carry_out_db(type == VMX_EVENT_INT1 ? 0 : qual);
    if (type == VMX_EVENT_INT1 || type == VMX_EVENT_SOFT_EXCEPTION) {
        x->kind = EXIT_SOFT_EXCEPTION;
        return;
    }
    x->kind = EXIT_EXCEPTION;
    x->excp.event = (struct vm_event){
        .vector = vector,
        .has_error = info & VMX_EVENT_ERROR,
        .error = info & VMX_EVENT_ERROR ? vmcs_read32(VMCS_EXIT_EVENT_ERROR) : 0,
    };
    x->excp.cr2 = qual;
    merge_exceptions(x, vector);
}

static bool is_virtualisation_insn(uint32_t reason)
{
    return reason == VMX_EXIT_GETSEC || (reason >= VMX_EXIT_VMCALL && reason <= VMX_EXIT_VMXON) ||
           reason == VMX_EXIT_INVEPT || reason == VMX_EXIT_INVVPID || reason == VMX_EXIT_VMFUNC;
}

void vmx_decode_exit(struct vcpu *v, struct vm_exit *x)
{
    uint32_t reason = vmcs_read32(VMCS_EXIT_REASON);

    x->reason = reason;
    if (reason & VMX_EXIT_ENTRY_FAILED) {
        vmx_entry_refused(v, x);
        return;
    }
    switch (reason & VMX_EXIT_REASON_BASIC) {
    case VMX_EXIT_EXCEPTION_NMI:
        decode_exception(v, x);
        return;
    case VMX_EXIT_EPT_VIOLATION:
        decode_ept_violation(v, x);
        return;
    case VMX_EXIT_RDMSR:
        x->kind = EXIT_MSR_READ;
        x->msr = (uint32_t)v->gpr[GPR_RCX];
        return;
    case VMX_EXIT_WRMSR:
        x->kind = EXIT_MSR_WRITE;
        x->msr = (uint32_t)v->gpr[GPR_RCX];
        return;
    case VMX_EXIT_CPUID:
        x->kind = EXIT_CPUID;
        return;
    case VMX_EXIT_CR_ACCESS:
        x->kind = EXIT_CR_ACCESS;
        return;
    case VMX_EXIT_MTF:
        x->kind = v->virt->step.active ? EXIT_STEP : EXIT_NONE;
        return;
    case VMX_EXIT_NMI_WINDOW:
        x->kind = EXIT_NONE;
        return;
    case VMX_EXIT_EXTERNAL_INTERRUPT:
        x->kind = EXIT_INTERRUPT;
        return;
    case VMX_EXIT_INTERRUPT_WINDOW:
    case VMX_EXIT_IO:
    case VMX_EXIT_TPR_BELOW_THRESHOLD:
    case VMX_EXIT_APIC_ACCESS:
    case VMX_EXIT_APIC_WRITE:
    case VMX_EXIT_EOI:
        x->kind = EXIT_VIRTUAL_APIC;
        return;
    case VMX_EXIT_INIT:
        x->kind = EXIT_INIT;
        return;
    case VMX_EXIT_SIPI:
        x->kind = EXIT_SIPI;
        x->sipi_vector = (uint8_t)vmcs_read(VMCS_EXIT_QUALIFICATION);
        return;
    case VMX_EXIT_INVD:
        x->kind = EXIT_INVD;
        return;
    case VMX_EXIT_XSETBV:
        x->kind = EXIT_XSETBV;
        return;
    case VMX_EXIT_TRIPLE_FAULT:
        x->kind = EXIT_TRIPLE_FAULT;
        return;
    case VMX_EXIT_EPT_MISCONFIGURATION:
        panic("EPT entry for %lx is malformed", vmcs_read64(VMCS_GUEST_PHYSICAL_ADDRESS));
    default:
        x->kind = is_virtualisation_insn(reason) ? EXIT_UNDEFINED : EXIT_UNKNOWN;
    }
}

/* INT1, INT3 or INTO was intercepted: it is delivered as what it is. */
static void queue_soft_exception(struct vcpu *v)
{
    uint32_t info = vmcs_read32(VMCS_EXIT_EVENT);

    vmx_queue_event(v, info & (VMX_EVENT_TYPE | VMX_EVENT_VECTOR), 0,
                    vmcs_read32(VMCS_EXIT_INSN_LENGTH));
}

enum exit_result virt_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    if (x->kind == EXIT_CR_ACCESS)
        return vmx_cr_exit(v);
    queue_soft_exception(v);
    return EXIT_RESUME;
}

static void load_event(const struct vmx_event *e)
{
    vmcs_write32(VMCS_ENTRY_EVENT, e->info);
    if (e->info & VMX_EVENT_ERROR)
        vmcs_write32(VMCS_ENTRY_EVENT_ERROR, e->error);
    if (e->insn_length)
        vmcs_write32(VMCS_ENTRY_INSN_LENGTH, e->insn_length);
}

/*
 * The host takes NMIs between an exit and the next entry. One that comes after the caller's last
 * look at what NMIs bring is found in entry.nmi_taken, or moves the CPU out of the entry stub.
 */
void virt_run(struct vcpu *v, struct vm_exit *x)
{
    struct virt_vcpu *vv = v->virt;
    unsigned result;

    vmx_nmi_before_entry(v);
    if (vv->event.info)
        load_event(&vv->event);
    if (v->gpr[GPR_RSP] != vv->guest_rsp)
        vmcs_write(VMCS_GUEST_RSP, v->gpr[GPR_RSP]);
    result = vmx_enter(v->gpr, &vv->entry);
    atomic_store(&vv->entry.nmi_taken, false);
    if (result == VMX_ENTRY_CUT_SHORT) {
        x->kind = EXIT_NONE;
        x->reason = 0;
        return;
    }
    if (result != VMX_ENTERED)
        vmx_entry_failed(v);
    atomic_store(&vv->entry.launched, true);
    vv->event = (struct vmx_event){0};
    v->gpr[GPR_RSP] = vv->guest_rsp = vmcs_read(VMCS_GUEST_RSP);
    vmx_decode_exit(v, x);
}
