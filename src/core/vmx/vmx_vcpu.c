/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's registers on VMX: access, and queueing events. State: v->virt and the VMCS, its own CPU
 * only.
 */
#include "core/vmx/vmx_vcpu.h"

#include "core/host/log.h"
#include "core/host/x86_insn.h"

struct segment_fields {
    enum vmcs16 selector;
    enum vmcs32 limit, rights;
    enum vmcs_natural base;
};

#define SEGMENT(n)                                                                                 \
    {VMCS_GUEST_##n##_SELECTOR, VMCS_GUEST_##n##_LIMIT, VMCS_GUEST_##n##_RIGHTS,                   \
     VMCS_GUEST_##n##_BASE}

static const struct segment_fields segments[] = {
    [VSEG_ES] = SEGMENT(ES), [VSEG_CS] = SEGMENT(CS), [VSEG_SS] = SEGMENT(SS),
    [VSEG_DS] = SEGMENT(DS), [VSEG_FS] = SEGMENT(FS), [VSEG_GS] = SEGMENT(GS),
};

static uint64_t masked(enum vmcs_natural reg, uint64_t mask, enum vmcs_natural shadow)
{
    return (vmcs_read(reg) & ~mask) | (vmcs_read(shadow) & mask);
}

uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg)
{
    if (!v->virt->loaded)
        return 0;
    switch (reg) {
    case VREG_RIP:
        return v->virt->guest_rip;
    case VREG_RFLAGS:
        return vmcs_read(VMCS_GUEST_RFLAGS);
    case VREG_CR0:
        return masked(VMCS_GUEST_CR0, v->virt->cr0_mask, VMCS_CR0_SHADOW);
    case VREG_RSP:
        return vmcs_read(VMCS_GUEST_RSP);
    case VREG_CR2:
        return read_cr2();
    case VREG_CR3:
        return vmcs_read(VMCS_GUEST_CR3);
    case VREG_CR4:
        return masked(VMCS_GUEST_CR4, v->virt->cr4_mask, VMCS_CR4_SHADOW);
    case VREG_EFER:
        return vmcs_read64(VMCS_GUEST_EFER);
    case VREG_DR7:
        return vmcs_read(VMCS_GUEST_DR7);
    case VREG_CPL:
        return vmcs_read32(VMCS_GUEST_SS_RIGHTS) >> RIGHTS_DPL_SHIFT & 3;
    }
    return 0;
}

uint64_t virt_rip(const struct vcpu *v)
{
    return v->virt->guest_rip;
}

uint64_t virt_cr4(const struct vcpu *v)
{
    (void)v;
    return vmcs_read_sure(VMCS_GUEST_CR4);
}

void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value)
{
    switch (reg) {
    case VREG_RIP:
        vmx_set_rip(v, value);
        break;
    case VREG_RFLAGS:
        vmcs_write(VMCS_GUEST_RFLAGS, value);
        break;
    case VREG_RSP:
        v->gpr[GPR_RSP] = value;
        vmcs_write(VMCS_GUEST_RSP, value);
        break;
    case VREG_CR2:
        write_cr2(value);
        break;
    default:
        panic("register %d is not writable", reg);
    }
}

uint64_t virt_segment_base(const struct vcpu *v, enum virt_seg which)
{
    (void)v;
    return vmcs_read(segments[which].base);
}

struct virt_segment virt_segment(const struct vcpu *v, enum virt_seg which)
{
    const uint32_t rights = vmcs_read32(segments[which].rights);

    (void)v;
    return (struct virt_segment){
        .limit = vmcs_read32(segments[which].limit),
        .type = rights & RIGHTS_TYPE,
        .usable = !(rights & RIGHTS_UNUSABLE),
        .big = rights & RIGHTS_DB,
    };
}

/*
 * Is long mode active? Only there RIP is above 4 GiB, which most kernels' is; and it costs less
 * than EFER under a hypervisor.
 */
static bool in_long_mode(const struct virt_vcpu *vv)
{
    return vv->guest_rip > UINT32_MAX || (vmcs_read64(VMCS_GUEST_EFER) & EFER_LMA);
}

static unsigned code_bits(const struct virt_vcpu *vv)
{
    const uint32_t rights = vmcs_read32(VMCS_GUEST_CS_RIGHTS);

    if ((rights & RIGHTS_LONG) && in_long_mode(vv))
        return 64;
    return rights & RIGHTS_DB ? 32 : 16;
}

/* An exit asks several times. */
unsigned virt_code_bits(const struct vcpu *v)
{
    struct virt_vcpu *vv = v->virt;

    if (vv->code_bits == 0)
        vv->code_bits = code_bits(vv);
    return vv->code_bits;
}

/*
 * Delivery of an event ends an interrupt shadow and wakes a halted CPU. The entry's checks refuse
 * some events together with either.
 */
void vmx_queue_event(struct vcpu *v, uint32_t info, uint32_t error, uint32_t insn_length)
{
    v->virt->event = (struct vmx_event){info | VMX_EVENT_VALID, error, insn_length};
    vcpu_attend(v);
    vmcs_clear32(VMCS_GUEST_INTERRUPTIBILITY, INTERRUPTIBILITY_SHADOW);
    vmcs_write32(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}

/* The field is not read for nothing: under a hypervisor that costs an exit. */
void vmx_add_pending_debug(uint64_t bits)
{
    if (bits)
        vmcs_write(VMCS_GUEST_PENDING_DEBUG, vmcs_read(VMCS_GUEST_PENDING_DEBUG) | bits);
}

/* In real mode no exception has an error code, and an entry that would push one fails. */
void virt_inject(struct vcpu *v, const struct vm_event *e)
{
    bool error = e->has_error && (vmcs_read(VMCS_GUEST_CR0) & CR0_PE);

    vmx_queue_event(v, VMX_EVENT_EXCEPTION | e->vector | (error ? VMX_EVENT_ERROR : 0), e->error,
                    0);
}
