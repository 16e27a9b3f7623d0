/* SPDX-License-Identifier: GPL-2.0-only */
/* MOV to CR0 where NE changes: what faults on the CPU faults, and changes nothing. */
#include "core/vmx/vmx_vcpu.h"

#include <string.h>

#include "core/host/x86_insn.h"
#include "test.h"

#define PROTECTED (CR0_PE | CR0_ET | CR0_NE)

uint64_t fake_vmcs[FAKE_VMCS_SIZE];
unsigned fake_vmcs_reads, fake_vmcs_writes;

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};

uint64_t rdmsr(uint32_t msr)
{
    return msr == MSR_VMX_CR0_FIXED0 ? CR0_PE | CR0_NE | CR0_PG : CR4_VMXE;
}

/* What vmx_vcpu.c does. */
uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg)
{
    (void)v;
    CHECK_EQ(reg, VREG_EFER);
    return fake_vmcs[VMCS_GUEST_EFER];
}

unsigned virt_code_bits(const struct vcpu *v)
{
    (void)v;
    return fake_vmcs[VMCS_GUEST_EFER] & EFER_LMA && fake_vmcs[VMCS_GUEST_CS_RIGHTS] & RIGHTS_LONG
               ? 64
               : 32;
}

enum mode { REAL, PROT32, PAGING32, PAGING32_LME, COMPAT, CODE64 };

static void enter(enum mode mode)
{
    static const uint64_t cr0s[] = {CR0_ET,    PROTECTED,          PROTECTED | CR0_PG,
                                    PROTECTED, PROTECTED | CR0_PG, PROTECTED | CR0_PG};

    memset(fake_vmcs, 0, sizeof(fake_vmcs));
    fake_vmcs[VMCS_GUEST_CR0] = cr0s[mode];
    fake_vmcs[VMCS_CR0_SHADOW] = CR0_NE;
    virt.cr0_mask = vmx_cr0_fixed();
    if (mode == COMPAT || mode == CODE64)
        fake_vmcs[VMCS_GUEST_EFER] = EFER_LME | EFER_LMA;
    if (mode == PAGING32_LME)
        fake_vmcs[VMCS_GUEST_EFER] = EFER_LME;
    if (mode == COMPAT || mode == CODE64)
        fake_vmcs[VMCS_GUEST_CR4] = CR4_PAE;
    if (mode == CODE64)
        fake_vmcs[VMCS_GUEST_CS_RIGHTS] = RIGHTS_LONG;
}

static enum exit_result mov_to_cr0(uint64_t value)
{
    cpu.gpr[GPR_RCX] = value;
    fake_vmcs[VMCS_EXIT_QUALIFICATION] = (uint64_t)GPR_RCX << CR_QUAL_GPR_SHIFT;
    return vmx_cr_exit(&cpu);
}

static void only_what_faults_faults(void)
{
    static const struct {
        enum mode mode;
        uint64_t value;
        bool faults;
    } rows[] = {
        {REAL, 0, false},
        {REAL, CR0_PG, true},
        {REAL, CR0_NW, true},
        {REAL, CR0_NW | CR0_CD, false},
        {PROT32, CR0_PE | CR0_PG, false},
        {PROT32, CR0_PG, true},
        {PROT32, BIT(40) | CR0_PE, false}, /* 32-bit code has no upper half */
        {PAGING32, CR0_PE, false},
        {PAGING32, CR0_PG, true},
        {PAGING32_LME, CR0_PE | CR0_PG, true}, /* long mode without PAE */
        {PAGING32_LME, CR0_PE, false},
        {COMPAT, CR0_PE, false}, /* leaves long mode */
        {CODE64, CR0_PE, true},
        {CODE64, CR0_PE | CR0_PG, false},
        {CODE64, CR0_PE | CR0_PG | BIT(32), true},
        {CODE64, CR0_PE | CR0_PG | CR0_NW, true},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        enter(rows[i].mode);
        CHECK_MSG(mov_to_cr0(rows[i].value) == (rows[i].faults ? EXIT_INJECT_GP : EXIT_RESUME),
                  "row %u", i);
        CHECK_EQ(fake_vmcs[VMCS_CR0_SHADOW], rows[i].faults ? CR0_NE : 0);
    }
}

/* vcpu->gpr does not have RSP after this exit. */
static void rsp_is_read(void)
{
    enter(CODE64);
    cpu.gpr[GPR_RSP] = UINT64_MAX;
    fake_vmcs[VMCS_GUEST_RSP] = CR0_PE | CR0_PG;
    fake_vmcs[VMCS_EXIT_QUALIFICATION] = (uint64_t)GPR_RSP << CR_QUAL_GPR_SHIFT;
    CHECK_EQ(vmx_cr_exit(&cpu), EXIT_RESUME);
    CHECK_EQ(fake_vmcs[VMCS_CR0_SHADOW], 0);
}

static void paging_stays_on_with_pcids(void)
{
    enter(COMPAT);
    fake_vmcs[VMCS_GUEST_CR4] |= CR4_PCIDE;
    CHECK_EQ(mov_to_cr0(CR0_PE), EXIT_INJECT_GP);
    CHECK_EQ(mov_to_cr0(CR0_PE | CR0_PG), EXIT_RESUME);
}

/* VMXE and what no list names. */
static void bits_of_cr4(void)
{
    CHECK_EQ(vmx_cr4_masked() & (CR4_VMXE | BIT(14) | BIT(23) | BIT(24) | BIT(25) | BIT(32)),
             CR4_VMXE | BIT(14) | BIT(23) | BIT(24) | BIT(25) | BIT(32));
    CHECK_EQ(vmx_cr4_masked() & (CR4_PAE | CR4_LA57 | CR4_PCIDE | CR4_OSXSAVE | CR4_PKE), 0);
}

int main(void)
{
    TEST_RUN(only_what_faults_faults);
    TEST_RUN(rsp_is_read);
    TEST_RUN(paging_stays_on_with_pcids);
    TEST_RUN(bits_of_cr4);
    return test_done();
}
