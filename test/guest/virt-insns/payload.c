/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virt-insns: every instruction of VMX, SVM and SMX in ring 0 and ring 3, on every CPU. Each raises
 * #UD, as on a CPU that has none of the three, and none of the three can be switched on.
 *
 * Expected differences:
 *
 * - A bare CPU with SVM or VMX shows it in CPUID and lets EFER.SVME or CR4.VMXE be set: skipped
 *   without Lapwing. The instructions raise #UD there too, because nothing is switched on.
 *
 * - QEMU TCG takes every memory form of 0F C7 for CMPXCHG8B, the four of VMX included. A probe with
 *   a form that no CPU defines (/2) tells, and the four are skipped.
 *
 * - QEMU TCG checks no reserved bit of CR4. A probe with bit 30 tells, and VMXE and SMXE are
 *   skipped.
 */
#include <lapwing/string.h>
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"
#include "lib/user.h"

#define MAX_BYTES 8
#define HLT       0xF4
#define RET       0xC3

#define EFER_SVME    BIT(12)
#define CR4_VMXE     BIT(13)
#define CR4_RESERVED BIT(30)
#define CR4_SMXE     BIT(14)
#define CPUID1_VMX   BIT32(5)
#define CPUID1_SMX   BIT32(6)
#define CPUID_SVM    BIT32(2) /* 80000001H ECX */
#define CPUID_SKINIT BIT32(12)

const char payload_name[] = "virt-insns";

/* Memory operands are (%rax), which points to a page of zeros. */
static const struct instruction {
    const char *name;
    uint8_t length;
    uint8_t bytes[MAX_BYTES];
} instructions[] = {
    {"vmcall", 3, {0x0F, 0x01, 0xC1}},
    {"vmlaunch", 3, {0x0F, 0x01, 0xC2}},
    {"vmresume", 3, {0x0F, 0x01, 0xC3}},
    {"vmxoff", 3, {0x0F, 0x01, 0xC4}},
    {"vmfunc", 3, {0x0F, 0x01, 0xD4}},
    {"vmxon", 4, {0xF3, 0x0F, 0xC7, 0x30}},
    {"vmptrld", 3, {0x0F, 0xC7, 0x30}},
    {"vmptrst", 3, {0x0F, 0xC7, 0x38}},
    {"vmclear", 4, {0x66, 0x0F, 0xC7, 0x30}},
    {"vmread register", 3, {0x0F, 0x78, 0xCA}},
    {"vmread memory", 3, {0x0F, 0x78, 0x08}},
    {"vmwrite register", 3, {0x0F, 0x79, 0xCA}},
    {"vmwrite memory", 3, {0x0F, 0x79, 0x08}},
    {"invept", 5, {0x66, 0x0F, 0x38, 0x80, 0x08}},
    {"invvpid", 5, {0x66, 0x0F, 0x38, 0x81, 0x08}},
    {"vmrun", 3, {0x0F, 0x01, 0xD8}},
    {"vmmcall", 3, {0x0F, 0x01, 0xD9}},
    {"vmload", 3, {0x0F, 0x01, 0xDA}},
    {"vmsave", 3, {0x0F, 0x01, 0xDB}},
    {"stgi", 3, {0x0F, 0x01, 0xDC}},
    {"clgi", 3, {0x0F, 0x01, 0xDD}},
    {"skinit", 3, {0x0F, 0x01, 0xDE}},
    {"invlpga", 3, {0x0F, 0x01, 0xDF}},
    {"getsec", 2, {0x0F, 0x37}},
    {"rsm", 2, {0x0F, 0xAA}},
};

static uint8_t operand_page[PAGE_SIZE] __attribute__((aligned(4096)));

/* One instruction on one CPU in one ring. */
struct attempt {
    const struct instruction *instruction;
    bool user;
    bool faulted;
    struct fault fault;
    uint8_t code[MAX_BYTES + 1];
};

static void execute(void *arg)
{
    struct attempt *a = arg;

    if (a->user)
        user_run(a->code, (uintptr_t)operand_page);
    __asm__ volatile("call *%0"
                     :
                     : "r"(a->code), "a"(operand_page), "c"(UINT64_C(0)), "d"(UINT64_C(0))
                     : "memory", "cc");
}

static void attempt(void *arg)
{
    struct attempt *a = arg;

    memcpy(a->code, a->instruction->bytes, a->instruction->length);
    a->code[a->instruction->length] = a->user ? HLT : RET; /* HLT is #GP in ring 3 */
    a->faulted = trap_call(execute, a, &a->fault);
}

static bool is_group9(const struct instruction *insn)
{
    unsigned at = insn->bytes[0] == 0x0F ? 0 : 1; /* behind a prefix */

    return insn->bytes[at] == 0x0F && insn->bytes[at + 1] == 0xC7;
}

static bool cpu_decodes_group9(void)
{
    static const struct instruction undefined = {"0f c7 /2", 3, {0x0F, 0xC7, 0x10}};
    struct attempt a = {.instruction = &undefined};

    attempt(&a);
    return a.faulted && a.fault.vector == VECTOR_UD;
}

static void try_all(bool user)
{
    bool group9 = cpu_decodes_group9();

    for (size_t n = 0; n < ARRAY_SIZE(instructions); n++) {
        tap_next("%s", instructions[n].name);
        if (!group9 && is_group9(&instructions[n])) {
            tap_skip("this emulator takes 0f c7 /2 for an instruction");
            continue;
        }
        for (unsigned i = 0; i < cpu_count(); i++) {
            struct attempt a = {.instruction = &instructions[n], .user = user};

            tap_check(on_cpu(i, attempt, &a), "CPU %u does not answer", i);
            tap_check(a.faulted && a.fault.vector == VECTOR_UD && a.fault.rip == (uintptr_t)a.code,
                      "CPU %u: %s %u at +%lu", i, a.faulted ? "vector" : "no fault", a.fault.vector,
                      (unsigned long)(a.fault.rip - (uintptr_t)a.code));
        }
        memset(operand_page, 0, sizeof(operand_page));
    }
}

static void case_ring0(void)
{
    try_all(false);
}

static void case_ring3(void)
{
    try_all(true);
}

static const char *unfit_when_bare(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    return leaf.base ? NULL : "bare";
}

static void case_cpuid(void)
{
    CHECK_EQ(cpuid(1, 0).ecx & (CPUID1_VMX | CPUID1_SMX), 0);
    CHECK_EQ(cpuid(0x80000001, 0).ecx & (CPUID_SVM | CPUID_SKINIT), 0);
    if (cpuid(0x80000000, 0).eax >= 0x8000000A) {
        struct cpuid_regs r = cpuid(0x8000000A, 0);

        CHECK_EQ(r.eax | r.ebx | r.ecx | r.edx, 0);
    }
}

static void set_svme(void *arg)
{
    (void)arg;
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
}

static void set_cr4(void *arg)
{
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4; mov %1, %%cr4"
                     :
                     : "r"(cr4 | *(const uint64_t *)arg), "r"(cr4)
                     : "memory");
}

/* EFER.SVME, CR4.VMXE, CR4.SMXE: how many are refused with #GP. */
static void switch_on(void *arg)
{
    uint64_t bits[] = {CR4_VMXE, CR4_SMXE}, reserved = CR4_RESERVED;
    unsigned *refused = arg;
    struct fault fault;

    *refused = trap_call(set_svme, NULL, &fault) && fault.vector == VECTOR_GP;
    if (!trap_call(set_cr4, &reserved, &fault) || fault.vector != VECTOR_GP) {
        *refused += ARRAY_SIZE(bits); /* nothing to learn */
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        *refused += trap_call(set_cr4, &bits[i], &fault) && fault.vector == VECTOR_GP;
}

static void case_switch_on(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        unsigned refused = 0;

        tap_check(on_cpu(i, switch_on, &refused), "CPU %u does not answer", i);
        tap_check(refused == 3, "CPU %u: %u of EFER.SVME, CR4.VMXE, CR4.SMXE refused", i, refused);
        CHECK_EQ(rdmsr(MSR_EFER) & EFER_SVME, 0);
    }
}

static void case_alive(void)
{
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(smp_start(i) && cpu_alive(i), "CPU %u does not restart", i);
    CHECK(true);
}

const struct payload_case payload_cases[] = {
    {"ring 0", case_ring0, NULL},
    {"ring 3", case_ring3, NULL},
    {"cpuid", case_cpuid, unfit_when_bare},
    {"switch-on", case_switch_on, unfit_when_bare},
    {"alive", case_alive, NULL},
    {NULL, NULL, NULL},
};
