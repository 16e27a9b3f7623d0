/* SPDX-License-Identifier: GPL-2.0-only */
/* Each exit of SVM in neutral words, from a VMCB in ordinary memory. */
#include "core/svm/svm_vcpu.h"

#include <string.h>

#include "test.h"

static struct virt_vcpu virt;
static struct vcpu cpu = {.virt = &virt};
static bool completed;
static unsigned nmi_steps_over, sleeps;

/* What decoding leaves to others. */
bool svm_step_completed(const struct vcpu *v)
{
    (void)v;
    return completed;
}

bool svm_nmi_step_over(struct vcpu *v, bool done)
{
    (void)done;
    nmi_steps_over++;
    return v->virt->nmi_state == NMI_STEPPING;
}

void svm_nmi_sleep_exit(struct vcpu *v)
{
    (void)v;
    sleeps++;
}

static struct vm_exit decode(uint64_t code, uint64_t info1, uint64_t info2)
{
    struct vm_exit x = {.kind = EXIT_KIND_COUNT};

    virt.vmcb.exitcode = code;
    virt.vmcb.exitinfo1 = info1;
    virt.vmcb.exitinfo2 = info2;
    if (!svm_decode_reason(&cpu, &x) && !svm_decode_frequent(&cpu, &x))
        svm_decode_exit(&cpu, &x);
    CHECK_EQ(x.reason, (uint32_t)code);
    return x;
}

static struct vm_exit exception(unsigned vector, uint64_t info1, uint64_t info2)
{
    return decode(SVM_EXIT_EXCP_BASE + vector, info1, info2);
}

static void fresh(void)
{
    memset(&virt, 0, sizeof(virt));
    memset(cpu.gpr, 0, sizeof(cpu.gpr));
    completed = false;
    nmi_steps_over = sleeps = 0;
}

static void plain_codes(void)
{
    static const struct {
        uint64_t code;
        enum vm_exit_kind kind;
    } rows[] = {
        {SVM_EXIT_CPUID, EXIT_CPUID},        {SVM_EXIT_NMI, EXIT_NMI},
        {SVM_EXIT_INIT, EXIT_NONE},          {SVM_EXIT_IRET, EXIT_IRET},
        {SVM_EXIT_INVD, EXIT_INVD},          {SVM_EXIT_SHUTDOWN, EXIT_TRIPLE_FAULT},
        {SVM_EXIT_INVLPGA, EXIT_UNDEFINED},  {SVM_EXIT_VMRUN, EXIT_UNDEFINED},
        {SVM_EXIT_VMMCALL, EXIT_UNDEFINED},  {SVM_EXIT_VMLOAD, EXIT_UNDEFINED},
        {SVM_EXIT_VMSAVE, EXIT_UNDEFINED},   {SVM_EXIT_STGI, EXIT_UNDEFINED},
        {SVM_EXIT_CLGI, EXIT_UNDEFINED},     {SVM_EXIT_SKINIT, EXIT_UNDEFINED},
        {SVM_EXIT_READ_CR8, EXIT_CR_ACCESS}, {SVM_EXIT_WRITE_CR8, EXIT_CR_ACCESS},
        {SVM_EXIT_INTR, EXIT_UNKNOWN},       {0x88, EXIT_UNKNOWN},
    };

    fresh();
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        CHECK_MSG(decode(rows[i].code, 0, 0).kind == rows[i].kind, "exit code %llx",
                  (unsigned long long)rows[i].code);
    CHECK_EQ(nmi_steps_over + sleeps, 0);
}

static void msrs(void)
{
    fresh();
    cpu.gpr[GPR_RCX] = UINT64_C(0xFFFFFFFFC0000080);
    CHECK_EQ(decode(SVM_EXIT_MSR, 0, 0).kind, EXIT_MSR_READ);
    CHECK_EQ(decode(SVM_EXIT_MSR, 1, 0).kind, EXIT_MSR_WRITE);
    CHECK_EQ(decode(SVM_EXIT_MSR, 1, 0).msr, 0xC0000080);
}

static void io(void)
{
    struct vm_exit x;

    fresh();
    cpu.gpr[GPR_RAX] = UINT64_C(0x1122334455667788);
    x = decode(SVM_EXIT_IOIO, UINT64_C(0x92) << 16 | 1 << 4, 0x1234); /* OUT 92H, AL */
    CHECK_EQ(x.kind, EXIT_IO);
    CHECK_EQ(x.port, 0x92);
    CHECK_EQ(x.io.width, 1);
    CHECK(!x.io.in && !x.io.string);
    CHECK_EQ(x.io.value, 0x55667788);
    x = decode(SVM_EXIT_IOIO, UINT64_C(0xCF8) << 16 | 4 << 4 | SVM_IOIO_IN, 0);
    CHECK_EQ(x.io.width, 4);
    CHECK(x.io.in && !x.io.string);
    x = decode(SVM_EXIT_IOIO, UINT64_C(0xFFFF) << 16 | 2 << 4 | SVM_IOIO_STRING, 0);
    CHECK_EQ(x.port, 0xFFFF);
    CHECK_EQ(x.io.width, 2);
    CHECK(!x.io.in && x.io.string);
}

static void page_faults(void)
{
    struct vm_exit x;

    fresh();
    x = decode(SVM_EXIT_NPF, SVM_NPF_WRITE, 0xFEE00300);
    CHECK_EQ(x.kind, EXIT_PAGE_FAULT);
    CHECK_EQ(x.gpa, 0xFEE00300);
    CHECK(x.fault.write && !x.fault.fetch && !x.fault.walk && !x.fault.in_event);
    CHECK_EQ(virt.vmcb.eventinj, 0);
    CHECK(decode(SVM_EXIT_NPF, SVM_NPF_WRITE | SVM_NPF_WALK, 0).fault.walk);
    CHECK(decode(SVM_EXIT_NPF, SVM_NPF_FETCH, 0).fault.fetch);
}

/* What is delivered again at the next entry, and what its instruction raises by itself. */
static void faults_in_events(void)
{
    static const struct {
        uint64_t event;
        bool again, in_double_fault;
    } rows[] = {
        {SVM_EVENT_TYPE_INTR | 0x31, true, false},
        {SVM_EVENT_TYPE_EXCEPTION | SVM_EVENT_ERROR_VALID | VEC_PF, true, false},
        {SVM_EVENT_TYPE_EXCEPTION | SVM_EVENT_ERROR_VALID | VEC_DF, true, true},
        {SVM_EVENT_TYPE_EXCEPTION | 3, false, false}, /* INT3 */
        {SVM_EVENT_TYPE_EXCEPTION | 4, false, false}, /* INTO */
        {SVM_EVENT_TYPE_SWINT | 0x80, false, false},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct vm_exit x;

        fresh();
        virt.vmcb.exitintinfo = SVM_EVENT_VALID | rows[i].event;
        x = decode(SVM_EXIT_NPF, SVM_NPF_WRITE, 0x1000);
        CHECK(x.fault.in_event);
        CHECK_EQ(x.fault.in_double_fault, rows[i].in_double_fault);
        CHECK_EQ(virt.vmcb.eventinj, rows[i].again ? virt.vmcb.exitintinfo : 0);
    }
    fresh();
    virt.vmcb.exitintinfo = SVM_EVENT_VALID | SVM_EVENT_TYPE_INTR | 0x31;
    (void)decode(SVM_EXIT_NMI, 0, 0);
    CHECK_EQ(virt.vmcb.eventinj, virt.vmcb.exitintinfo);
}

static void exceptions(void)
{
    struct vm_exit x;

    fresh();
    x = exception(VEC_PF, 6, 0xCAFE000);
    CHECK_EQ(x.kind, EXIT_EXCEPTION);
    CHECK_EQ(x.excp.event.vector, VEC_PF);
    CHECK(x.excp.event.has_error);
    CHECK_EQ(x.excp.event.error, 6);
    CHECK_EQ(x.excp.cr2, 0xCAFE000);
    CHECK(!exception(VEC_UD, 0, 0).excp.event.has_error);
    CHECK_EQ(exception(3, 0, 0).kind, EXIT_SOFT_EXCEPTION);
    CHECK_EQ(exception(4, 0, 0).kind, EXIT_SOFT_EXCEPTION);
    /* #GP(0) may be one of SVM's own instructions; with an error code, or in an event, it is not */
    CHECK_EQ(exception(VEC_GP, 0, 0).kind, EXIT_RAW_EXCEPTION);
    CHECK_EQ(exception(VEC_GP, 0x18, 0).kind, EXIT_EXCEPTION);
    virt.vmcb.exitintinfo = SVM_EVENT_VALID | SVM_EVENT_TYPE_INTR | 0x31;
    CHECK_EQ(exception(VEC_GP, 0, 0).kind, EXIT_EXCEPTION);
}

/* "Double Fault": every pair of the first 32 vectors. */
static void two_exceptions(void)
{
    const uint32_t contributory = BIT32(VEC_DE) | BIT32(VEC_TS) | BIT32(VEC_NP) | BIT32(VEC_SS) |
                                  BIT32(VEC_GP) | BIT32(VEC_CP);

    for (unsigned first = 0; first < 32; first++) {
        for (unsigned second = 0; second < 32; second++) {
            struct vm_exit x = {.kind = EXIT_EXCEPTION};
            const bool both = contributory >> first & contributory >> second & 1;
            const bool after_pf =
                first == VEC_PF && (second == VEC_PF || (contributory >> second & 1));

            x.excp.event.vector = (uint8_t)second;
            vm_exit_merge_exceptions(&x, (uint8_t)first);
            CHECK_MSG(x.kind == (first == VEC_DF ? EXIT_TRIPLE_FAULT : EXIT_EXCEPTION),
                      "%u then %u", first, second);
            if (first != VEC_DF)
                CHECK_MSG(x.excp.event.vector == (both || after_pf ? VEC_DF : second), "%u then %u",
                          first, second);
        }
    }
    fresh();
    virt.vmcb.exitintinfo = SVM_EVENT_VALID | SVM_EVENT_TYPE_EXCEPTION | VEC_NP;
    CHECK_EQ(exception(VEC_GP, 0, 0).excp.event.vector, VEC_DF);
    virt.vmcb.exitintinfo = SVM_EVENT_VALID | SVM_EVENT_TYPE_EXCEPTION | VEC_DF;
    CHECK_EQ(exception(VEC_GP, 0, 0).kind, EXIT_TRIPLE_FAULT);
}

static void ends_of_steps(void)
{
    fresh();
    virt.step.active = true;
    CHECK_EQ(exception(VEC_DB, 0, 0).kind, EXIT_EXCEPTION);
    completed = true;
    CHECK_EQ(exception(VEC_DB, 0, 0).kind, EXIT_STEP);
    CHECK_EQ(exception(VEC_UD, 0, 0).kind, EXIT_EXCEPTION);
    virt.nmi_state = NMI_STEPPING; /* over an IRET: nobody else's business */
    CHECK_EQ(exception(VEC_DB, 0, 0).kind, EXIT_NONE);
}

static void steps_of_nmis(void)
{
    static const uint64_t unsteppable[] = {SVM_EXIT_PUSHF, SVM_EXIT_POPF, SVM_EXIT_SWINT};
    static const uint64_t sleeping[] = {SVM_EXIT_HLT, SVM_EXIT_MWAIT, SVM_EXIT_MWAIT_ARMED};

    fresh();
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(decode(unsteppable[i], 0, 0).kind, EXIT_NONE);
        CHECK_EQ(decode(sleeping[i], 0, 0).kind, EXIT_NONE);
    }
    CHECK_EQ(nmi_steps_over, 3);
    CHECK_EQ(sleeps, 3);
}

/* TCG's way to say #GP, until it cannot be that any more. */
static void refusals(void)
{
    fresh();
    CHECK_EQ(decode(SVM_EXIT_INVALID, 0, 0).kind, EXIT_EXCEPTION);
    CHECK_EQ(decode(SVM_EXIT_INVALID_32, 0, 0).excp.event.vector, VEC_GP);
    virt.refused_entries = 1001;
    CHECK_EQ(decode(SVM_EXIT_INVALID, 0, 0).kind, EXIT_TRIPLE_FAULT);
}

int main(void)
{
    TEST_RUN(plain_codes);
    TEST_RUN(msrs);
    TEST_RUN(io);
    TEST_RUN(page_faults);
    TEST_RUN(faults_in_events);
    TEST_RUN(exceptions);
    TEST_RUN(two_exceptions);
    TEST_RUN(ends_of_steps);
    TEST_RUN(steps_of_nmis);
    TEST_RUN(refusals);
    return test_done();
}
