/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's registers on SVM: reset, start, access. State: v->virt and the VMCB, its own CPU only.
 */
#include "core/svm/svm_vcpu.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/guest_mem.h"
#include "core/insn/insn.h"
#include "core/host/log.h"
#include "core/log_guest.h"
#include "core/svm/svm_insn.h"
#include "core/host/x86_insn.h"

/* Access bytes of a descriptor, packed as in the VMCB. */
#define ATTR_CODE16 0x09B
#define ATTR_DATA16 0x093
#define ATTR_CODE32 0xC9B
#define ATTR_DATA32 0xC93
#define ATTR_LDT    0x082
#define ATTR_TSS32  0x08B /* with a 16-bit TSS the switch to long mode would fail */

static struct vmcb_seg seg(uint16_t selector, uint64_t base, uint32_t limit, uint16_t attrib)
{
    return (struct vmcb_seg){selector, attrib, limit, base};
}

static void set_data_segments(struct vmcb *b, struct vmcb_seg s)
{
    b->es = b->ss = b->ds = b->fs = b->gs = s;
}

/* Drops what INIT drops: a queued event, pending NMIs and their blocking. */
static void drop_events(struct vcpu *v)
{
    svm_nmi_step_over(v, false); /* an NMI's step; step_end() ends the other kind */
    v->virt->nmi_state = NMI_OPEN;
    v->virt->nmi_pending = false;
    svm_vmcb(v)->intercept_misc1 &= ~SVM_INTERCEPT_IRET;
    svm_vmcb(v)->eventinj = 0;
    svm_vmcb(v)->interrupt_shadow = 0;
}

void virt_vcpu_reset(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);
    uint64_t cr0 = b->cr0 & (CR0_CD | CR0_NW);

    drop_events(v);
    clear_dr0_to_dr3();
    vmsave((hpa_t)b); /* STAR, SYSENTER and the like survive an INIT, and are in the CPU */
    b->cs = seg(0xF000, 0xFFFF0000, 0xFFFF, ATTR_CODE16);
    set_data_segments(b, seg(0, 0, 0xFFFF, ATTR_DATA16));
    b->gdtr = b->idtr = seg(0, 0, 0xFFFF, 0);
    b->ldtr = seg(0, 0, 0xFFFF, ATTR_LDT);
    b->tr = seg(0, 0, 0xFFFF, ATTR_TSS32);
    vmload((hpa_t)b);
    b->cpl = 0;
    b->efer = EFER_SVME;
    b->cr0 = CR0_ET | cr0;
    b->cr3 = b->cr4 = 0;
    virt_write_reg(v, VREG_CR2, 0);
    b->dr6 = DR6_RESET;
    b->dr7 = DR7_RESET;
    b->s_cet = b->ssp = b->isst_addr = 0;
    (void)wrmsr_safe(MSR_DEBUGCTL, 0);
    v->virt->set_btf = false;
    b->rflags = RFLAGS_RESERVED1;
    b->rip = 0xFFF0;
    b->rsp = 0;
    memset(v->gpr, 0, sizeof(v->gpr));
    v->gpr[GPR_RDX] = cpuid(1, 0).eax; /* family, model, stepping */
    virt_flush(v);
}

void virt_vcpu_start(struct vcpu *v, uint16_t cs, uint16_t ip)
{
    struct vmcb *b = svm_vmcb(v);

    b->cs = seg(cs, (uint64_t)cs << 4, 0xFFFF, ATTR_CODE16);
    b->rip = ip;
}

void virt_vcpu_boot_flat32(struct vcpu *v, const struct virt_flat32 *boot)
{
    struct vmcb *b = svm_vmcb(v);

    set_data_segments(b, seg(boot->ds, 0, 0xFFFFFFFF, ATTR_DATA32));
    vmload((hpa_t)b);
    b->cs = seg(boot->cs, 0, 0xFFFFFFFF, ATTR_CODE32);
    b->gdtr = seg(0, boot->gdt_base, boot->gdt_limit, 0);
    b->cr0 = CR0_PE | CR0_ET;
    b->rip = boot->entry;
}

uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg)
{
    const struct vmcb *b = svm_vmcb(v);

    switch (reg) {
    case VREG_RIP:
        return b->rip;
    case VREG_RSP:
        return b->rsp;
    case VREG_RFLAGS:
        return b->rflags;
    case VREG_CR0:
        return b->cr0;
    case VREG_CR2:
        return b->cr2;
    case VREG_CR3:
        return b->cr3;
    case VREG_CR4:
        return b->cr4;
    case VREG_EFER:
        return b->efer & ~EFER_SVME;
    case VREG_DR7:
        return b->dr7;
    case VREG_CPL:
        return b->cpl;
    }
    return 0;
}

uint64_t virt_rip(const struct vcpu *v)
{
    return svm_vmcb(v)->rip;
}

uint64_t virt_cr4(const struct vcpu *v)
{
    return svm_vmcb(v)->cr4;
}

void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value)
{
    struct vmcb *b = svm_vmcb(v);

    switch (reg) {
    case VREG_RIP:
        b->rip = value;
        break;
    case VREG_RSP:
        v->gpr[GPR_RSP] = b->rsp = value;
        break;
    case VREG_RFLAGS:
        b->rflags = value;
        break;
    case VREG_CR2:
        b->cr2 = value;
        write_cr2(value); /* Bochs 3.0 does not load CR2 from the VMCB */
        break;
    default:
        panic("register %d is not writable", reg);
    }
}

static const struct vmcb_seg *segment(const struct vcpu *v, enum virt_seg which)
{
    const struct vmcb *b = svm_vmcb(v);
    const struct vmcb_seg *const segs[] = {&b->es, &b->cs, &b->ss, &b->ds, &b->fs, &b->gs};

    if (which == VSEG_FS || which == VSEG_GS)
        vmsave((hpa_t)b); /* FS and GS stay in the CPU across exits */
    return segs[which];
}

uint64_t virt_segment_base(const struct vcpu *v, enum virt_seg which)
{
    return segment(v, which)->base;
}

struct virt_segment virt_segment(const struct vcpu *v, enum virt_seg which)
{
    const struct vmcb_seg *s = segment(v, which);

    return (struct virt_segment){
        .limit = s->limit,
        .type = s->attrib & SVM_SEG_TYPE,
        .usable = s->attrib & SVM_SEG_PRESENT,
        .big = s->attrib & SVM_SEG_DB,
    };
}

unsigned virt_code_bits(const struct vcpu *v)
{
    const struct vmcb *b = svm_vmcb(v);

    if ((b->efer & EFER_LMA) && (b->cs.attrib & SVM_SEG_LONG))
        return 64;
    return b->cs.attrib & SVM_SEG_DB ? 32 : 16;
}

/* In real mode no exception has an error code. */
void virt_inject(struct vcpu *v, const struct vm_event *e)
{
    const bool error = e->has_error && (svm_vmcb(v)->cr0 & CR0_PE);

    if (e->vector == VEC_DB)
        svm_vmcb(v)->dr7 &= ~DR7_GD; /* as delivery by the CPU does: handlers can use the DRs */
    svm_vmcb(v)->eventinj = SVM_EVENT_VALID | SVM_EVENT_TYPE_EXCEPTION | e->vector |
                            (error ? SVM_EVENT_ERROR_VALID | (uint64_t)e->error << 32 : 0);
}

void virt_print_state(const struct vcpu *v)
{
    const struct vmcb *b = svm_vmcb(v);

    log_raw("panic", "exit %lx info %lx %lx intinfo %lx eventinj %lx shadow %lx", b->exitcode,
            b->exitinfo1, b->exitinfo2, b->exitintinfo, b->eventinj, b->interrupt_shadow);
    log_raw("panic", "cs %x base %lx attrib %x efer %lx dr6 %lx dr7 %lx cpl %u nmi %d/%u",
            b->cs.selector, b->cs.base, b->cs.attrib, b->efer, b->dr6, b->dr7, b->cpl,
            v->virt->nmi_state, v->virt->nmi_pending);
}
