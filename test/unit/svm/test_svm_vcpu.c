/* SPDX-License-Identifier: GPL-2.0-only */
/* Skipping an instruction on SVM: what is left of shadow, RF and TF behind it. */
#include "core/svm/svm_vcpu.h"

#include <stdlib.h>
#include <string.h>

#include "core/guest_mem.h"
#include "core/log_guest.h"
#include "core/host/x86_insn.h"
#include "test.h"

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};
static uint64_t debugctl;
static bool has_debugctl;

bool svm_has_flush_by_asid = true;

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    *value = msr == MSR_DEBUGCTL ? debugctl : 0;
    return has_debugctl ? 0 : -1;
}

/* What skipping leaves to others. */
int wrmsr_safe(uint32_t index, uint64_t value)
{
    (void)index;
    (void)value;
    return 0;
}

struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)leaf;
    (void)subleaf;
    return (struct cpuid_regs){0};
}

size_t guest_fetch(struct vcpu *v, uint8_t *bytes, size_t size)
{
    (void)v;
    (void)bytes;
    (void)size;
    return 0;
}

enum insn_mode guest_insn_mode(struct vcpu *v)
{
    (void)v;
    return INSN_MODE_64;
}

void virt_flush(struct vcpu *v)
{
    (void)v;
}

bool svm_nmi_step_over(struct vcpu *v, bool completed)
{
    (void)v;
    (void)completed;
    return false;
}

bool log_guest_allowed(struct vcpu *v)
{
    (void)v;
    return false;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
}

void log_raw(const char *word, const char *fmt, ...)
{
    (void)word;
    (void)fmt;
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

void clear_dr0_to_dr3(void)
{
}

void write_cr2(uint64_t value)
{
    (void)value;
}

static void skip(uint64_t rflags)
{
    memset(&virt, 0, sizeof(virt));
    virt.vmcb.rip = 0x1000;
    virt.vmcb.rflags = rflags;
    virt.vmcb.interrupt_shadow = 1;
    virt_skip_bytes(&cpu, 2);
    CHECK_EQ(virt.vmcb.rip, 0x1002);
    CHECK_EQ(virt.vmcb.interrupt_shadow, 0);
    CHECK_EQ(virt.vmcb.rflags & RFLAGS_RF, 0);
}

static bool trapped(void)
{
    return virt.vmcb.eventinj == (SVM_EVENT_VALID | SVM_EVENT_TYPE_EXCEPTION | VEC_DB) &&
           (virt.vmcb.dr6 & DR6_BS);
}

static void the_trap_flag_traps(void)
{
    has_debugctl = true;
    debugctl = DEBUGCTL_LBR;
    skip(RFLAGS_TF | RFLAGS_RF);
    CHECK(trapped());
    has_debugctl = false;
    skip(RFLAGS_TF);
    CHECK(trapped());
    skip(RFLAGS_RF);
    CHECK_EQ(virt.vmcb.eventinj, 0);
}

/* With BTF the trap is for branches, and no skipped instruction is one. */
static void branch_steps_pass_by(void)
{
    has_debugctl = true;
    debugctl = DEBUGCTL_BTF;
    skip(RFLAGS_TF);
    CHECK_EQ(virt.vmcb.eventinj, 0);
    CHECK_EQ(virt.vmcb.dr6, 0);
}

int main(void)
{
    TEST_RUN(the_trap_flag_traps);
    TEST_RUN(branch_steps_pass_by);
    return test_done();
}
