/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID shows no feature that could get past Lapwing, and none that nobody has looked at. */
#include "hostile/cases.h"
#include "lib/leaf.h"
#include "lib/segments.h"

static const struct {
    uint32_t leaf, subleaf;
    struct cpuid_regs hidden;
} features[] = {
    {1, 0, {.ecx = BIT32(2) | BIT32(5) | BIT32(6) | BIT32(11), .edx = BIT32(21)}},
    {6, 0, {.eax = BIT32(19) | BIT32(23), .ecx = 0xFF00, .edx = 0xFFFFFFFF}},
    {7,
     0,
     {.ebx = BIT32(2) | BIT32(14) | BIT32(25),
      .ecx = BIT32(7) | BIT32(13) | BIT32(23) | BIT32(24) | BIT32(29) | BIT32(30) | BIT32(31),
      .edx = BIT32(0) | BIT32(1) | BIT32(5) | BIT32(18) | BIT32(19) | BIT32(20)}},
    {7, 1, {.eax = BIT32(17) | BIT32(18) | BIT32(19) | BIT32(26) | BIT32(27), .edx = BIT32(21)}},
    {7, 3, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {0xD, 0, {.eax = 0xFFF9FD18, .edx = 0xFFFFFFFF}},
    {0xD, 1, {.ecx = 0xFFFFFFFF, .edx = 0xFFFFFFFF}},
    {0xD, 11, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}},
    {0x80000001, 0, {.ecx = BIT32(2) | BIT32(10) | BIT32(12) | BIT32(15)}},
    {0x80000008, 0, {.ebx = BIT32(3) | BIT32(8) | BIT32(25)}},
    {0x80000021, 0, {.eax = BIT32(7)}},
    {0x80000022, 0, {.eax = BIT32(1) | BIT32(2)}},
};

/* Trace, SGX, Key Locker, branch records, SVM, sampling, encryption, and what nobody knows. */
static const uint32_t empty[] = {0x3,        0x8,        0x12,       0x14,       0x19,
                                 0x1B,       0x1C,       0x20,       0x24,       0x77,
                                 0x10000000, 0x8000000A, 0x8000001B, 0x8000001C, 0x8000001F,
                                 0x80000023, 0x80000025, 0x80000027, 0x80860000, 0xC0000000};

static bool any(struct cpuid_regs r, struct cpuid_regs mask)
{
    return (r.eax & mask.eax) || (r.ebx & mask.ebx) || (r.ecx & mask.ecx) || (r.edx & mask.edx);
}

void case_cpuid(void)
{
    static const struct cpuid_regs all = {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF};

    if (!under_lapwing()) {
        tap_skip("bare");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++)
        tap_check(!any(cpuid(features[i].leaf, features[i].subleaf), features[i].hidden),
                  "leaf 0x%x.%u", features[i].leaf, features[i].subleaf);
    for (unsigned i = 0; i < ARRAY_SIZE(empty); i++)
        tap_check(!any(cpuid(empty[i], 0), all), "leaf 0x%x", empty[i]);
    CHECK(cpuid(0, 0).eax <= 0x1F);
    CHECK(cpuid(0x80000000, 0).eax <= 0x80000026);
    CHECK(cpuid(7, 0).eax <= 2);
}

#define EXT1_EDX_SYSCALL BIT32(11)

/* EDX of 80000001H, asked for by 32-bit code. */
static uint32_t compat_edx(void)
{
    uint32_t edx;

    irq_disable();
    __asm__ volatile("pushq %[code32]; lea 1f(%%rip), %%rax; push %%rax; lretq; .code32\n"
                     "1: movl $0x80000001, %%eax; cpuid; ljmp %[code64], $2f; .code64\n"
                     "2:"
                     : "=d"(edx)
                     : [code32] "i"(SEG_CODE32), [code64] "i"(SEG_CODE64)
                     : "rax", "rbx", "rcx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "memory");
    irq_enable();
    return edx;
}

/* Intel's CPUs show SYSCALL to 64-bit code only. (Intel SDM Vol. 2A, "CPUID", 80000001H) */
void case_cpuid_syscall(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (leaf.base && leaf.vendor != VENDOR_VMX) {
        tap_skip("AMD's CPUs show it always");
        return;
    }
    CHECK_EQ(cpuid(0x80000001, 0).edx & EXT1_EDX_SYSCALL, EXT1_EDX_SYSCALL);
    if (leaf.base)
        CHECK_EQ(compat_edx() & EXT1_EDX_SYSCALL, 0);
}
