/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says in neutral words why a VMX guest exited. Reads the VMCS and changes only the vendor's record
 * of the guest's events and step. State: v->virt and the VMCS, its own CPU only.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/log.h"

/*
 * An event whose delivery caused the exit is delivered again. RIP is still at the instruction of a
 * software interrupt or exception, which raises the event again by itself.
 */
static __attribute__((noinline)) bool requeue_event(struct vcpu *v, uint32_t info)
{
    uint32_t type = info & VMX_EVENT_TYPE;

    if (type != VMX_EVENT_EXTERNAL && type != VMX_EVENT_NMI && type != VMX_EVENT_EXCEPTION)
        return true;
    if (type == VMX_EVENT_NMI) /* the guest is not in its NMI handler yet */
        vmcs_clear32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
    v->virt->event = (struct vmx_event){
        .info = info & (VMX_EVENT_VECTOR | VMX_EVENT_TYPE | VMX_EVENT_ERROR | VMX_EVENT_VALID),
        .error = info & VMX_EVENT_ERROR ? vmcs_read32(VMCS_IDT_VECTORING_ERROR) : 0,
    };
    vcpu_attend(v);
    return true;
}

/* An IRET that faults has unblocked NMIs already. NMIs are blocked until the IRET runs again. */
static void reblock_nmi(void)
{
    vmcs_set32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_NMI);
}

static bool in_double_fault(uint32_t info)
{
    return (info & (VMX_EVENT_VALID | VMX_EVENT_TYPE | VMX_EVENT_VECTOR)) ==
           (VMX_EVENT_VALID | VMX_EVENT_EXCEPTION | VEC_DF);
}

static void decode_ept_violation(struct vcpu *v, struct vm_exit *x)
{
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);
    uint32_t during = vmcs_read32(VMCS_IDT_VECTORING);

    x->info = vmcs_read64(VMCS_GUEST_PHYSICAL_ADDRESS);
    x->fault.write = qual & EPT_QUAL_WRITE;
    x->fault.fetch = qual & EPT_QUAL_FETCH;
    x->fault.walk = (qual & EPT_QUAL_LINEAR_VALID) && !(qual & EPT_QUAL_TRANSLATED);
    x->fault.in_double_fault = in_double_fault(during);
    x->fault.in_event = (during & VMX_EVENT_VALID) && requeue_event(v, during);
    if (!x->fault.in_event && (qual & EPT_QUAL_NMI_UNBLOCKED))
        reblock_nmi();
}

static void decode_apic_access(struct vm_exit *x, uint64_t qual)
{
    uint64_t type = qual & APIC_QUAL_TYPE;

    x->kind = EXIT_APIC_ACCESS;
    x->info = qual & APIC_QUAL_OFFSET;
    x->apic.access = type == APIC_QUAL_READ    ? APIC_ACCESS_READ
                     : type == APIC_QUAL_WRITE ? APIC_ACCESS_WRITE
                     : type == APIC_QUAL_FETCH ? APIC_ACCESS_FETCH
                                               : APIC_ACCESS_EVENT;
    x->apic.in_double_fault =
        x->apic.access == APIC_ACCESS_EVENT && in_double_fault(vmcs_read32(VMCS_IDT_VECTORING));
}

static void decode_io(const struct vcpu *v, struct vm_exit *x, uint64_t qual)
{
    x->kind = EXIT_IO;
    x->info = (uint16_t)(qual >> IO_QUAL_PORT_SHIFT);
    x->io.width = (uint8_t)((qual & IO_QUAL_SIZE) + 1);
    x->io.in = qual & IO_QUAL_IN;
    x->io.string = qual & IO_QUAL_STRING;
    x->io.rep = qual & IO_QUAL_REP;
    x->io.value = (uint32_t)v->gpr[GPR_RAX];
}

static void decode_exception(struct vcpu *v, struct vm_exit *x)
{
    uint32_t info = vmcs_read32(VMCS_EXIT_EVENT), type = info & VMX_EVENT_TYPE;
    uint8_t vector = (uint8_t)(info & VMX_EVENT_VECTOR);
    uint32_t during = vmcs_read32(VMCS_IDT_VECTORING);
    uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);

    if (type == VMX_EVENT_NMI) {
        x->kind = EXIT_NMI;
        return;
    }
    if ((info & VMX_EVENT_NMI_UNBLOCKED) && vector != VEC_DF && !(during & VMX_EVENT_VALID))
        reblock_nmi();
    if (vector == VEC_DB && vmx_step_ends_with_db(v, qual)) {
        x->kind = EXIT_STEP;
        return;
    }
    if (type == VMX_EVENT_INT1 || type == VMX_EVENT_SOFT_EXCEPTION) {
        x->kind = EXIT_SOFT_EXCEPTION;
        return;
    }
    x->kind = vector == VEC_DB ? EXIT_RAW_EXCEPTION : EXIT_EXCEPTION;
    x->info = vector;
    x->excp.event = (struct vm_event){
        .vector = vector,
        .has_error = info & VMX_EVENT_ERROR,
        .error = info & VMX_EVENT_ERROR ? vmcs_read32(VMCS_EXIT_EVENT_ERROR) : 0,
    };
    x->excp.cr2 = qual;
    if ((during & VMX_EVENT_VALID) && (during & VMX_EVENT_TYPE) == VMX_EVENT_EXCEPTION)
        vm_exit_merge_exceptions(x, (uint8_t)(during & VMX_EVENT_VECTOR));
}

_Static_assert(VMX_EXIT_WRMSR - VMX_EXIT_RDMSR == EXIT_MSR_WRITE - EXIT_MSR_READ, "side by side");

/* The kind of each exit that says all by its reason, and is rare. EXIT_NONE: another. */
static const uint8_t kinds[] = {
    [VMX_EXIT_TRIPLE_FAULT] = EXIT_TRIPLE_FAULT,
    [VMX_EXIT_INIT] = EXIT_INIT,
    [VMX_EXIT_INTERRUPT_WINDOW] = EXIT_WINDOW,
    [VMX_EXIT_GETSEC] = EXIT_UNDEFINED,
    [VMX_EXIT_INVD] = EXIT_INVD,
    [VMX_EXIT_VMCALL] = EXIT_UNDEFINED,
    [VMX_EXIT_VMCLEAR] = EXIT_UNDEFINED,
    [VMX_EXIT_VMLAUNCH] = EXIT_UNDEFINED,
    [VMX_EXIT_VMPTRLD] = EXIT_UNDEFINED,
    [VMX_EXIT_VMPTRST] = EXIT_UNDEFINED,
    [VMX_EXIT_VMREAD] = EXIT_UNDEFINED,
    [VMX_EXIT_VMRESUME] = EXIT_UNDEFINED,
    [VMX_EXIT_VMWRITE] = EXIT_UNDEFINED,
    [VMX_EXIT_VMXOFF] = EXIT_UNDEFINED,
    [VMX_EXIT_VMXON] = EXIT_UNDEFINED,
    [VMX_EXIT_CR_ACCESS] = EXIT_CR_ACCESS,
    [VMX_EXIT_TPR_BELOW_THRESHOLD] = EXIT_WINDOW,
    [VMX_EXIT_INVEPT] = EXIT_UNDEFINED,
    [VMX_EXIT_INVVPID] = EXIT_UNDEFINED,
    [VMX_EXIT_XSETBV] = EXIT_XSETBV,
    [VMX_EXIT_VMFUNC] = EXIT_UNDEFINED,
};

bool vmx_decode_reason(struct vcpu *v, struct vm_exit *x)
{
    /* Of the flags that the reason has besides only one says something here. */
    const uint32_t reason = (uint32_t)vmcs_read_sure(VMCS_EXIT_REASON) &
                            (VMX_EXIT_ENTRY_FAILED | VMX_EXIT_REASON_BASIC);

    x->reason = reason;
    x->info = (uint32_t)v->gpr[GPR_RCX];
    if (__builtin_expect(reason == VMX_EXIT_RDMSR || reason == VMX_EXIT_WRMSR, true))
        x->kind = reason - VMX_EXIT_RDMSR + EXIT_MSR_READ;
    else if (reason == VMX_EXIT_CPUID)
        x->kind = EXIT_CPUID;
    else
        return false;
    return true;
}

/* Carrying out an instruction takes its registers. What it writes goes by virt_write_reg(). */
static void read_rsp(struct vcpu *v)
{
    v->gpr[GPR_RSP] = vmcs_read(VMCS_GUEST_RSP);
}

/* No switch: it would become a table of jumps. */
bool vmx_decode_frequent(struct vcpu *v, struct vm_exit *x)
{
    const uint32_t reason = x->reason;

    if (reason == VMX_EXIT_EPT_VIOLATION) {
        x->kind = EXIT_PAGE_FAULT;
        read_rsp(v);
        decode_ept_violation(v, x);
    } else if (reason == VMX_EXIT_APIC_WRITE) {
        x->kind = EXIT_APIC_WRITE;
        x->info = vmcs_read(VMCS_EXIT_QUALIFICATION) & APIC_QUAL_OFFSET;
    } else if (reason == VMX_EXIT_EXTERNAL_INTERRUPT) {
        x->kind = EXIT_INTERRUPT;
        x->info = vmcs_read32(VMCS_EXIT_EVENT) & VMX_EVENT_VECTOR;
    } else if (reason == VMX_EXIT_APIC_ACCESS) {
        read_rsp(v);
        decode_apic_access(x, vmcs_read(VMCS_EXIT_QUALIFICATION));
    } else if (reason == VMX_EXIT_IO) {
        decode_io(v, x, vmcs_read(VMCS_EXIT_QUALIFICATION));
    } else {
        return false;
    }
    return true;
}

void vmx_decode_exit(struct vcpu *v, struct vm_exit *x)
{
    const uint32_t basic = x->reason & VMX_EXIT_REASON_BASIC;

    x->kind = x->reason < ARRAY_SIZE(kinds) ? kinds[x->reason] : EXIT_NONE;
    if (x->kind != EXIT_NONE)
        return;
    x->info = 0;
    if (x->reason & VMX_EXIT_ENTRY_FAILED) {
        vmx_entry_refused(v, x);
        return;
    }
    switch (basic) {
    case VMX_EXIT_EXCEPTION_NMI:
        decode_exception(v, x);
        return;
    case VMX_EXIT_MTF:
        x->kind = v->virt->step.active ? EXIT_STEP : EXIT_NONE;
        return;
    case VMX_EXIT_NMI_WINDOW:
        vcpu_attend(v);
        return;
    case VMX_EXIT_EOI:
        x->kind = EXIT_APIC_EOI;
        x->info = (uint8_t)vmcs_read(VMCS_EXIT_QUALIFICATION);
        return;
    case VMX_EXIT_SIPI:
        x->kind = EXIT_SIPI;
        x->info = (uint8_t)vmcs_read(VMCS_EXIT_QUALIFICATION);
        return;
    case VMX_EXIT_EPT_MISCONFIGURATION:
        panic("EPT entry for %lx is malformed", vmcs_read64(VMCS_GUEST_PHYSICAL_ADDRESS));
    default:
        x->kind = EXIT_UNKNOWN;
    }
}
