/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an exit reads and writes of the VMCS, apart from RIP, which virt_run() reads. A hypervisor
 * below charges for each access to some of the fields. docs/exits.md has the same figures.
 */
#include "core/vmx/vmx_vcpu.h"

#include <stdlib.h>
#include <string.h>

#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "test.h"

uint64_t fake_vmcs[FAKE_VMCS_SIZE];
unsigned fake_vmcs_reads, fake_vmcs_writes;
struct vmx_controls vmx_controls;

static struct virt_vcpu virt = {.loaded = true};
static struct vcpu cpu = {.virt = &virt};

#define KERNEL_RIP UINT64_C(0xFFFFFFFF81000000)

/* What is linked and not used here. */
void vmx_entry_refused(struct vcpu *v, struct vm_exit *x)
{
    (void)v;
    (void)x;
    abort();
}

bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification)
{
    (void)v;
    (void)qualification;
    abort();
}

void virt_flush(struct vcpu *v)
{
    (void)v;
}

uint64_t vmx_cr0_fixed(void)
{
    return 0;
}

uint64_t vmx_cr4_fixed(void)
{
    return 0;
}

uint64_t vmx_cr4_masked(void)
{
    return 0;
}

uint64_t read_cr0(void)
{
    return 0;
}

uint64_t read_cr2(void)
{
    return 0;
}

void write_cr2(uint64_t value)
{
    (void)value;
}

void clear_dr0_to_dr3(void)
{
}

struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)leaf;
    (void)subleaf;
    return (struct cpuid_regs){0};
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

void log_raw(const char *word, const char *fmt, ...)
{
    (void)word;
    (void)fmt;
}

/* A kernel's 64-bit code, in which nothing is special. */
static void fresh(uint32_t reason)
{
    memset(fake_vmcs, 0, sizeof(fake_vmcs));
    fake_vmcs[VMCS_EXIT_REASON] = reason;
    fake_vmcs[VMCS_EXIT_INSN_LENGTH] = 2;
    virt.guest_rip = KERNEL_RIP;
    fake_vmcs[VMCS_GUEST_CS_RIGHTS] = RIGHTS_LONG;
    fake_vmcs[VMCS_GUEST_RFLAGS] = RFLAGS_IF;
    virt.code_bits = 0;
    fake_vmcs_reads = fake_vmcs_writes = 0;
}

static void check_cost(unsigned reads, unsigned writes)
{
    CHECK_EQ(fake_vmcs_reads, reads);
    CHECK_EQ(fake_vmcs_writes, writes);
}

/* The reason, then the length, RFLAGS and the shadow; RIP is written. */
static void skipped_insn(void)
{
    static const uint32_t reasons[] = {VMX_EXIT_CPUID, VMX_EXIT_RDMSR, VMX_EXIT_WRMSR};
    struct vm_exit x;

    for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++) {
        fresh(reasons[i]);
        CHECK(vmx_decode_reason(&cpu, &x));
        check_cost(1, 0);
        virt_skip_insn(&cpu);
        check_cost(4, 1);
        CHECK_EQ(fake_vmcs[VMCS_GUEST_RIP], KERNEL_RIP + 2);
    }
}

static void decode_costs(uint32_t reason, unsigned reads)
{
    struct vm_exit x;

    fresh(reason);
    CHECK(!vmx_decode_reason(&cpu, &x));
    CHECK(vmx_decode_frequent(&cpu, &x));
    check_cost(reads, 0);
}

/* The reason and, of the first, RSP, the qualification, the address and the event that was delivered. */
static void frequent_exits(void)
{
    decode_costs(VMX_EXIT_EPT_VIOLATION, 5);
    decode_costs(VMX_EXIT_APIC_ACCESS, 3);        /* RSP, qualification */
    decode_costs(VMX_EXIT_APIC_WRITE, 2);         /* qualification */
    decode_costs(VMX_EXIT_EXTERNAL_INTERRUPT, 2); /* vector */
    decode_costs(VMX_EXIT_IO, 2);                 /* qualification */
}

/* EFER is not read for a kernel's code, and only once for other code. */
static void code_bits(void)
{
    fresh(VMX_EXIT_EPT_VIOLATION);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(virt_code_bits(&cpu), 64);
    check_cost(1, 0);
    fresh(VMX_EXIT_EPT_VIOLATION);
    virt.guest_rip = 0x400000;
    fake_vmcs[VMCS_GUEST_EFER] = EFER_LMA;
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(virt_code_bits(&cpu), 64);
    check_cost(2, 0);
}

/* What the code is: the rights of CS, CR3 and CR4. CR0 and EFER are 32-bit code's. */
static void code(void)
{
    struct virt_code c;

    fresh(VMX_EXIT_EPT_VIOLATION);
    fake_vmcs[VMCS_GUEST_CR3] = 0x1000;
    fake_vmcs[VMCS_GUEST_CR4] = CR4_LA57;
    virt_code(&cpu, &c);
    check_cost(3, 0);
    CHECK(c.rip == KERNEL_RIP && c.cr3 == 0x1000 && c.cr4 == CR4_LA57);
    CHECK(c.bits == 64 && c.paging == VIRT_PAGING_64);
    fresh(VMX_EXIT_EPT_VIOLATION);
    fake_vmcs[VMCS_GUEST_CS_RIGHTS] = RIGHTS_DB;
    fake_vmcs[VMCS_GUEST_CR0] = CR0_PG | CR0_PE;
    fake_vmcs[VMCS_GUEST_EFER] = EFER_NXE;
    virt_code(&cpu, &c);
    CHECK(c.bits == 32 && c.paging == (CR0_PG | EFER_NXE));
}

/* The same of 64-bit code only: neither rights nor EFER are read for a kernel's. */
static void code_64(void)
{
    struct virt_code c;

    fresh(VMX_EXIT_EPT_VIOLATION);
    fake_vmcs[VMCS_GUEST_CR3] = 0x1000;
    fake_vmcs[VMCS_GUEST_CR4] = CR4_LA57;
    CHECK(virt_code_64(&cpu, &c));
    check_cost(2, 0);
    CHECK(c.rip == KERNEL_RIP && c.cr3 == 0x1000 && c.cr4 == CR4_LA57);
    CHECK(c.bits == 64 && c.paging == VIRT_PAGING_64);
    fresh(VMX_EXIT_EPT_VIOLATION);
    virt.guest_rip = 0x400000;
    CHECK(!virt_code_64(&cpu, &c)); /* CS.L is no code segment's outside of long mode */
    fake_vmcs[VMCS_GUEST_EFER] = EFER_LMA;
    CHECK(virt_code_64(&cpu, &c));
    fake_vmcs[VMCS_GUEST_CS_RIGHTS] = RIGHTS_DB;
    CHECK(!virt_code_64(&cpu, &c));
}

/* RIP wraps at 4 GiB outside of 64-bit mode, and only there the mode is asked for. */
static void wrap(void)
{
    fresh(VMX_EXIT_CPUID);
    fake_vmcs[VMCS_GUEST_CS_RIGHTS] = RIGHTS_DB;
    virt.guest_rip = UINT32_MAX;
    virt_skip_bytes(&cpu, 2);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_RIP], 1);
    fresh(VMX_EXIT_CPUID);
    virt.guest_rip = UINT32_MAX;
    fake_vmcs[VMCS_GUEST_EFER] = EFER_LMA;
    virt_skip_bytes(&cpu, 2);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_RIP], UINT64_C(0x100000001));
}

int main(void)
{
    TEST_RUN(skipped_insn);
    TEST_RUN(frequent_exits);
    TEST_RUN(code_bits);
    TEST_RUN(code);
    TEST_RUN(code_64);
    TEST_RUN(wrap);
    return test_done();
}
