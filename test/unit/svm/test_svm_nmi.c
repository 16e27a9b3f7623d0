/* SPDX-License-Identifier: GPL-2.0-only */
/* The step and the NMIs of SVM: what they leave in the VMCB, on each kind of host. */
#include "core/svm/svm_vcpu.h"

#include <string.h>

#include "core/host/x86_insn.h"
#include "core/msr.h"
#include "test.h"

#define V_IRQ BIT(8)

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};
static const char *signature; /* of the hypervisor below; NULL: there is none */
static uint64_t debugctl;
static unsigned msr_reads;
static unsigned debug_exceptions, skips;

struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r = {0};

    (void)subleaf;
    if (leaf == 1 && signature)
        r.ecx = BIT32(31);
    if (leaf == 0x40000000 && signature) {
        memcpy(&r.ebx, signature, 4);
        memcpy(&r.ecx, signature + 4, 4);
        memcpy(&r.edx, signature + 8, 4);
    }
    return r;
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    CHECK_EQ(msr, MSR_DEBUGCTL);
    msr_reads++;
    *value = debugctl;
    return 0;
}

void wrmsr(uint32_t msr, uint64_t value)
{
    CHECK_EQ(msr, MSR_DEBUGCTL);
    debugctl = value;
}

void virt_inject(struct vcpu *v, const struct vm_event *e)
{
    CHECK(v == &cpu);
    debug_exceptions += e->vector == VEC_DB;
}

void virt_skip_insn(struct vcpu *v)
{
    CHECK(v == &cpu);
    skips++;
}

static void fresh(void)
{
    memset(&virt, 0, sizeof(virt));
    virt.vmcb.rip = 0x1000;
    virt.vmcb.dr6 = DR6_RESET;
    virt.vmcb.intercept_exceptions = SVM_EXCEPTIONS_ALWAYS;
    debugctl = 0;
    msr_reads = 0;
    debug_exceptions = skips = 0;
}

/* KVM 6.1 hands back V_IRQ with vector 0, which nobody asked for. */
static void step_leaves_no_interrupt(void)
{
    fresh();
    svm_step_begin(&cpu, false);
    CHECK_EQ(virt.vmcb.v_intr, SVM_V_INTR_MASKING);
    virt.vmcb.v_intr |= V_IRQ;
    virt.vmcb.dr6 |= DR6_BS;
    virt_step_end(&cpu, true);
    CHECK_EQ(virt.vmcb.v_intr, 0);
    CHECK_EQ(virt.vmcb.rflags & RFLAGS_TF, 0);
    CHECK_EQ(virt.vmcb.intercept_exceptions, SVM_EXCEPTIONS_ALWAYS);
    CHECK_EQ(debug_exceptions, 0);
}

static void step_keeps_the_guests_tf(void)
{
    fresh();
    virt.vmcb.rflags = RFLAGS_TF;
    svm_step_begin(&cpu, false);
    virt_step_end(&cpu, true);
    CHECK_EQ(virt.vmcb.rflags, RFLAGS_TF);
    CHECK_EQ(virt.vmcb.dr6 & DR6_BS, DR6_BS);
    CHECK_EQ(debug_exceptions, 1);
}

/* V_INTR_MASKING would give the guest another CR8 for the length of the step. */
static void step_has_no_cr8(void)
{
    fresh();
    svm_step_begin(&cpu, false);
    CHECK_EQ(virt.vmcb.intercept_cr_read, BIT(8));
    CHECK_EQ(virt.vmcb.intercept_cr_write, BIT(8));
    virt_step_end(&cpu, false);
    CHECK_EQ(virt.vmcb.intercept_cr_read | virt.vmcb.intercept_cr_write, 0);
}

/* With BTF only branches would trap. The register is read only if the guest may have set that. */
static void step_is_no_branch_step(void)
{
    fresh();
    debugctl = DEBUGCTL_LBR | DEBUGCTL_BTF;
    virt.set_btf = true;
    svm_step_begin(&cpu, false);
    CHECK_EQ(debugctl, DEBUGCTL_LBR);
    virt_step_end(&cpu, true);
    CHECK_EQ(debugctl, DEBUGCTL_LBR | DEBUGCTL_BTF);
    CHECK_EQ(msr_reads, 1);
    virt.set_btf = false;
    svm_step_begin(&cpu, false);
    virt_step_end(&cpu, true);
    CHECK_EQ(msr_reads, 1);
}

static uint64_t injected_on(const char *host)
{
    fresh();
    signature = host;
    svm_nmi_probe();
    virt_inject_nmi(&cpu);
    svm_nmi_before_entry(&cpu);
    return virt.vmcb.eventinj;
}

/* An event of the type INTR comes twice on TCG, one of the type NMI may block kicks on hardware. */
static void nmi_has_the_hosts_type(void)
{
    const uint64_t nmi = SVM_EVENT_VALID | SVM_EVENT_TYPE_NMI | VEC_NMI;
    const uint64_t intr = SVM_EVENT_VALID | SVM_EVENT_TYPE_INTR | VEC_NMI;

    CHECK_EQ(injected_on(NULL), intr);
    CHECK_EQ(injected_on("TCGTCGTCGTCG"), nmi);
    CHECK_EQ(injected_on(NULL), intr);
    CHECK_EQ(injected_on("KVMKVMKVM\0\0\0"), nmi);
    CHECK_EQ(injected_on("Microsoft Hv"), intr);
}

static void one_nmi_waits(void)
{
    injected_on(NULL);
    CHECK(virt.vmcb.intercept_misc1 & SVM_INTERCEPT_IRET);
    virt.vmcb.eventinj = 0;
    virt_inject_nmi(&cpu);
    virt_inject_nmi(&cpu);
    svm_nmi_before_entry(&cpu);
    CHECK_EQ(virt.vmcb.eventinj, 0); /* the guest is in its handler */

    svm_nmi_iret_exit(&cpu);
    CHECK(!(virt.vmcb.intercept_misc1 & SVM_INTERCEPT_IRET));
    svm_nmi_before_entry(&cpu);
    CHECK(virt.step.active && virt.step.over_iret);
    virt.vmcb.rip = 0x2000;
    CHECK(svm_nmi_step_over(&cpu, true));
    svm_nmi_before_entry(&cpu);
    CHECK(virt.vmcb.eventinj & SVM_EVENT_VALID);
    CHECK_EQ(virt.nmi_pending, 0);
}

static void shadow_comes_first(void)
{
    fresh();
    virt.vmcb.interrupt_shadow = SVM_INTERRUPT_SHADOW;
    virt_inject_nmi(&cpu);
    svm_nmi_before_entry(&cpu);
    CHECK_EQ(virt.vmcb.eventinj, 0);
    CHECK(virt.step.active);
    /* HLT sleeps with interrupts held back: the NMI's handler returns behind it. */
    svm_nmi_sleep_exit(&cpu);
    CHECK_EQ(skips, 1);
    svm_nmi_before_entry(&cpu);
    CHECK(virt.vmcb.eventinj & SVM_EVENT_VALID);
}

int main(void)
{
    TEST_RUN(step_leaves_no_interrupt);
    TEST_RUN(step_keeps_the_guests_tf);
    TEST_RUN(step_has_no_cr8);
    TEST_RUN(step_is_no_branch_step);
    TEST_RUN(nmi_has_the_hosts_type);
    TEST_RUN(one_nmi_waits);
    TEST_RUN(shadow_comes_first);
    return test_done();
}
