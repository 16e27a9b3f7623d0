/* SPDX-License-Identifier: GPL-2.0-only */
/* Each exit of VMX in neutral words, from a VMCS that is an array. */
#include "core/vmx/vmx_vcpu.h"

#include <stdlib.h>
#include <string.h>

#include "core/host/log.h"
#include "test.h"

uint64_t fake_vmcs[FAKE_VMCS_SIZE];
unsigned fake_vmcs_reads, fake_vmcs_writes;

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};
static bool refused;

/* What decoding leaves to others. */
void vmx_entry_refused(struct vcpu *v, struct vm_exit *x)
{
    (void)v;
    refused = true;
    x->kind = EXIT_TRIPLE_FAULT;
}

bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification)
{
    return v->virt->step.active && (qualification & DB_QUAL_BS);
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

static struct vm_exit decode(uint32_t reason, uint64_t qualification)
{
    struct vm_exit x = {.kind = EXIT_KIND_COUNT};

    fake_vmcs[VMCS_EXIT_REASON] = reason;
    fake_vmcs[VMCS_EXIT_QUALIFICATION] = qualification;
    fake_vmcs_reads = 0;
    if (!vmx_decode_reason(&cpu, &x) && !vmx_decode_frequent(&cpu, &x))
        vmx_decode_exit(&cpu, &x);
    CHECK_EQ(x.reason, reason);
    return x;
}

static void fresh(void)
{
    memset(fake_vmcs, 0, sizeof(fake_vmcs));
    memset(&virt, 0, sizeof(virt));
    memset(cpu.gpr, 0, sizeof(cpu.gpr));
    refused = false;
}

/* Reasons that say all by themselves, and cost one read of the VMCS. */
static void plain_reasons(void)
{
    static const struct {
        uint32_t reason;
        enum vm_exit_kind kind;
    } rows[] = {
        {VMX_EXIT_CPUID, EXIT_CPUID},
        {VMX_EXIT_CR_ACCESS, EXIT_CR_ACCESS},
        {VMX_EXIT_NMI_WINDOW, EXIT_NONE},
        {VMX_EXIT_INTERRUPT_WINDOW, EXIT_WINDOW},
        {VMX_EXIT_TPR_BELOW_THRESHOLD, EXIT_WINDOW},
        {VMX_EXIT_INIT, EXIT_INIT},
        {VMX_EXIT_INVD, EXIT_INVD},
        {VMX_EXIT_XSETBV, EXIT_XSETBV},
        {VMX_EXIT_TRIPLE_FAULT, EXIT_TRIPLE_FAULT},
        {VMX_EXIT_GETSEC, EXIT_UNDEFINED},
        {VMX_EXIT_VMCALL, EXIT_UNDEFINED},
        {VMX_EXIT_VMXON, EXIT_UNDEFINED},
        {VMX_EXIT_INVEPT, EXIT_UNDEFINED},
        {VMX_EXIT_INVVPID, EXIT_UNDEFINED},
        {VMX_EXIT_VMFUNC, EXIT_UNDEFINED},
        {VMX_EXIT_TASK_SWITCH, EXIT_UNKNOWN},
        {0xFFF, EXIT_UNKNOWN},
    };

    fresh();
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct vm_exit x = decode(rows[i].reason, 0);

        CHECK_MSG(x.kind == rows[i].kind, "reason %u", rows[i].reason);
        CHECK_EQ(fake_vmcs_reads, 1);
    }
    CHECK(!refused);
    CHECK_EQ(decode(VMX_EXIT_BAD_GUEST_STATE | VMX_EXIT_ENTRY_FAILED, 0).kind, EXIT_TRIPLE_FAULT);
    CHECK(refused);
}

static void msrs(void)
{
    fresh();
    cpu.gpr[GPR_RCX] = UINT64_C(0xFFFFFFFF00000830);
    CHECK_EQ(decode(VMX_EXIT_WRMSR, 0).kind, EXIT_MSR_WRITE);
    CHECK_EQ(decode(VMX_EXIT_RDMSR, 0).kind, EXIT_MSR_READ);
    CHECK_EQ(decode(VMX_EXIT_RDMSR, 0).msr, 0x830);
}

static void vectors(void)
{
    fresh();
    fake_vmcs[VMCS_EXIT_EVENT] = VMX_EVENT_VALID | VMX_EVENT_EXTERNAL | 0xE3;
    CHECK_EQ(decode(VMX_EXIT_EXTERNAL_INTERRUPT, 0).kind, EXIT_INTERRUPT);
    CHECK_EQ(decode(VMX_EXIT_EXTERNAL_INTERRUPT, 0).vector, 0xE3);
    CHECK_EQ(decode(VMX_EXIT_SIPI, 0x9A).kind, EXIT_SIPI);
    CHECK_EQ(decode(VMX_EXIT_SIPI, 0x9A).vector, 0x9A);
    CHECK_EQ(decode(VMX_EXIT_EOI, 0x31).kind, EXIT_APIC_EOI);
    CHECK_EQ(decode(VMX_EXIT_EOI, 0x31).vector, 0x31);
}

static void virtual_apic(void)
{
    static const struct {
        uint64_t type;
        enum apic_access access;
    } rows[] = {{0, APIC_ACCESS_READ},  {1, APIC_ACCESS_WRITE},  {2, APIC_ACCESS_FETCH},
                {3, APIC_ACCESS_EVENT}, {10, APIC_ACCESS_EVENT}, {15, APIC_ACCESS_EVENT}};
    struct vm_exit x;

    fresh();
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        x = decode(VMX_EXIT_APIC_ACCESS, rows[i].type << 12 | 0x390);
        CHECK_EQ(x.kind, EXIT_APIC_ACCESS);
        CHECK_EQ(x.offset, 0x390);
        CHECK_EQ(x.apic.access, rows[i].access);
        CHECK(!x.apic.in_double_fault);
    }
    fake_vmcs[VMCS_IDT_VECTORING] = VMX_EVENT_VALID | VMX_EVENT_EXCEPTION | VEC_DF;
    CHECK(decode(VMX_EXIT_APIC_ACCESS, 3 << 12).apic.in_double_fault);
    x = decode(VMX_EXIT_APIC_WRITE, 0x300);
    CHECK_EQ(x.kind, EXIT_APIC_WRITE);
    CHECK_EQ(x.offset, 0x300);
}

static void io(void)
{
    struct vm_exit x;

    fresh();
    cpu.gpr[GPR_RAX] = UINT64_C(0x1122334455667788);
    x = decode(VMX_EXIT_IO, UINT64_C(0x92) << 16 | 0); /* OUT 92H, AL */
    CHECK_EQ(x.kind, EXIT_IO);
    CHECK_EQ(x.port, 0x92);
    CHECK_EQ(x.io.width, 1);
    CHECK(!x.io.in && !x.io.string);
    CHECK_EQ(x.io.value, 0x55667788);
    x = decode(VMX_EXIT_IO, UINT64_C(0xCF8) << 16 | 3 | IO_QUAL_IN);
    CHECK_EQ(x.io.width, 4);
    CHECK(x.io.in);
    x = decode(VMX_EXIT_IO, UINT64_C(0x20) << 16 | 1 | IO_QUAL_STRING);
    CHECK_EQ(x.io.width, 2);
    CHECK(x.io.string);
}

static void page_faults(void)
{
    struct vm_exit x;

    fresh();
    fake_vmcs[VMCS_GUEST_PHYSICAL_ADDRESS] = 0xFEE00300;
    x = decode(VMX_EXIT_EPT_VIOLATION,
               EPT_QUAL_WRITE | EPT_QUAL_LINEAR_VALID | EPT_QUAL_TRANSLATED);
    CHECK_EQ(x.kind, EXIT_PAGE_FAULT);
    CHECK_EQ(x.gpa, 0xFEE00300);
    CHECK(x.fault.write && !x.fault.fetch && !x.fault.walk && !x.fault.in_event);
    CHECK_EQ(virt.event.info, 0);
    x = decode(VMX_EXIT_EPT_VIOLATION, EPT_QUAL_WRITE | EPT_QUAL_LINEAR_VALID);
    CHECK(x.fault.walk);
    CHECK(decode(VMX_EXIT_EPT_VIOLATION, EPT_QUAL_FETCH).fault.fetch);
    (void)decode(VMX_EXIT_EPT_VIOLATION, EPT_QUAL_WRITE | EPT_QUAL_NMI_UNBLOCKED);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], INTERRUPTIBILITY_NMI);
}

/* What is delivered again at the next entry, and what its instruction raises by itself. */
static void faults_in_events(void)
{
    static const struct {
        uint32_t event;
        bool again, in_double_fault;
    } rows[] = {
        {VMX_EVENT_EXTERNAL | 0x31, true, false},
        {VMX_EVENT_NMI | VEC_NMI, true, false},
        {VMX_EVENT_EXCEPTION | VMX_EVENT_ERROR | VEC_PF, true, false},
        {VMX_EVENT_EXCEPTION | VMX_EVENT_ERROR | VEC_DF, true, true},
        {VMX_EVENT_SOFT_INTERRUPT | 0x80, false, false},
        {VMX_EVENT_SOFT_EXCEPTION | 3, false, false},
        {VMX_EVENT_INT1 | VEC_DB, false, false},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vm_exit x;

        fresh();
        fake_vmcs[VMCS_IDT_VECTORING] = VMX_EVENT_VALID | rows[i].event;
        fake_vmcs[VMCS_IDT_VECTORING_ERROR] = 0x1234;
        fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY] = INTERRUPTIBILITY_NMI;
        x = decode(VMX_EXIT_EPT_VIOLATION, EPT_QUAL_WRITE | EPT_QUAL_NMI_UNBLOCKED);
        CHECK(x.fault.in_event);
        CHECK_EQ(x.fault.in_double_fault, rows[i].in_double_fault);
        CHECK_EQ(virt.event.info, rows[i].again ? VMX_EVENT_VALID | rows[i].event : 0);
        CHECK_EQ(virt.event.error, rows[i].event & VMX_EVENT_ERROR ? 0x1234 : 0);
        CHECK_EQ(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY],
                 (rows[i].event & VMX_EVENT_TYPE) == VMX_EVENT_NMI ? 0 : INTERRUPTIBILITY_NMI);
    }
}

static struct vm_exit exception(uint32_t event, uint32_t during)
{
    fake_vmcs[VMCS_EXIT_EVENT] = VMX_EVENT_VALID | event;
    fake_vmcs[VMCS_EXIT_EVENT_ERROR] = 0x18;
    fake_vmcs[VMCS_IDT_VECTORING] = during ? VMX_EVENT_VALID | during : 0;
    return decode(VMX_EXIT_EXCEPTION_NMI, 0xCAFE000);
}

static void exceptions(void)
{
    struct vm_exit x;

    fresh();
    CHECK_EQ(exception(VMX_EVENT_NMI | VEC_NMI, 0).kind, EXIT_NMI);
    x = exception(VMX_EVENT_EXCEPTION | VMX_EVENT_ERROR | VEC_PF, 0);
    CHECK_EQ(x.kind, EXIT_EXCEPTION);
    CHECK_EQ(x.excp.event.vector, VEC_PF);
    CHECK(x.excp.event.has_error);
    CHECK_EQ(x.excp.event.error, 0x18);
    CHECK_EQ(x.excp.cr2, 0xCAFE000);
    x = exception(VMX_EVENT_EXCEPTION | VEC_UD, 0);
    CHECK_EQ(x.kind, EXIT_EXCEPTION);
    CHECK(!x.excp.event.has_error);
    CHECK_EQ(x.excp.event.error, 0);
    CHECK_EQ(exception(VMX_EVENT_EXCEPTION | VEC_DB, 0).kind, EXIT_RAW_EXCEPTION);
    CHECK_EQ(exception(VMX_EVENT_INT1 | VEC_DB, 0).kind, EXIT_SOFT_EXCEPTION);
    CHECK_EQ(exception(VMX_EVENT_SOFT_EXCEPTION | 3, 0).kind, EXIT_SOFT_EXCEPTION);
}

static void exceptions_of_irets(void)
{
    const uint32_t gp = VMX_EVENT_EXCEPTION | VMX_EVENT_ERROR | VMX_EVENT_NMI_UNBLOCKED;

    fresh();
    (void)exception(gp | VEC_GP, VMX_EVENT_EXTERNAL | 0x31);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
    (void)exception(gp | VEC_DF, 0);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
    (void)exception(gp | VEC_GP, 0);
    CHECK_EQ(fake_vmcs[VMCS_GUEST_INTERRUPTIBILITY], INTERRUPTIBILITY_NMI);
}

static void two_exceptions(void)
{
    const uint32_t type = VMX_EVENT_EXCEPTION;
    struct vm_exit x;

    fresh();
    x = exception(type | VEC_GP, type | VEC_NP);
    CHECK_EQ(x.kind, EXIT_EXCEPTION);
    CHECK_EQ(x.excp.event.vector, VEC_DF);
    CHECK_EQ(exception(type | VEC_GP, type | VEC_DF).kind, EXIT_TRIPLE_FAULT);
    CHECK_EQ(exception(type | VEC_GP, VMX_EVENT_EXTERNAL | VEC_NP).excp.event.vector, VEC_GP);
}

static void ends_of_steps(void)
{
    fresh();
    CHECK_EQ(decode(VMX_EXIT_MTF, 0).kind, EXIT_NONE);
    virt.step.active = true;
    CHECK_EQ(decode(VMX_EXIT_MTF, 0).kind, EXIT_STEP);
    fake_vmcs[VMCS_EXIT_EVENT] = VMX_EVENT_VALID | VMX_EVENT_EXCEPTION | VEC_DB;
    CHECK_EQ(decode(VMX_EXIT_EXCEPTION_NMI, DB_QUAL_BS).kind, EXIT_STEP);
    CHECK_EQ(decode(VMX_EXIT_EXCEPTION_NMI, 0).kind, EXIT_RAW_EXCEPTION);
    CHECK(virt.step.active);
}

int main(void)
{
    TEST_RUN(plain_reasons);
    TEST_RUN(msrs);
    TEST_RUN(vectors);
    TEST_RUN(virtual_apic);
    TEST_RUN(io);
    TEST_RUN(page_faults);
    TEST_RUN(faults_in_events);
    TEST_RUN(exceptions);
    TEST_RUN(exceptions_of_irets);
    TEST_RUN(two_exceptions);
    TEST_RUN(ends_of_steps);
    return test_done();
}
