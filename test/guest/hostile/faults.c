/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of a fault that Lapwing injects is that of hardware. */
#include "hostile/cases.h"
#include "lib/leaf.h"
#include "lib/trap.h"

#define EFLAGS_RF BIT(16)

static void bad_apic_base(void *arg)
{
    (void)arg;
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | BIT(1));
}

/* A fault's saved RFLAGS have RF set. (Intel SDM Vol. 3A, "Instruction-Breakpoint Exception") */
void case_resume_flag(void)
{
    struct fault fault;

    if (!under_lapwing()) {
        tap_skip("bare: emulators differ");
        return;
    }
    CHECK(trap_call(bad_apic_base, NULL, &fault));
    CHECK_EQ(fault.vector, VECTOR_GP);
    CHECK(fault.rflags & EFLAGS_RF);
}

static void int1(void *arg)
{
    (void)arg;
    __asm__ volatile(".byte 0xF1" : : : "memory");
}

/* INT1 raises #DB and says nothing in DR6: what an earlier breakpoint left there stays. */
void case_int1(void)
{
    struct fault fault;

    write_dr6(read_dr6() | DR6_B0);
    CHECK(trap_call(int1, NULL, &fault));
    CHECK_EQ(fault.vector, VECTOR_DB);
    CHECK_EQ(read_dr6() & GENMASK(3, 0), DR6_B0);
    write_dr6(read_dr6() & ~DR6_B0);
}

#define CR0_NE BIT(5)
#define CR0_NW BIT(29)

static uint64_t read_cr0(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static void write_cr0(void *arg)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(*(const uint64_t *)arg) : "memory");
}

/* A MOV to CR0 that faults changes nothing, and one that does not changes NE, which is Lapwing's. */
void case_cr0(void)
{
    const uint64_t old = read_cr0();
    uint64_t bad[] = {(old ^ CR0_NE) | CR0_NW, (old ^ CR0_NE) & ~BIT(31), (old ^ CR0_NE) | BIT(32)};
    uint64_t good[] = {old ^ CR0_NE, old};
    struct fault fault;

    if (bare_tcg() || bare_kvm() || (under_lapwing() && lapic_is_tcg())) {
        tap_skip("this emulator checks little of CR0");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        CHECK(trap_call(write_cr0, &bad[i], &fault) && fault.vector == VECTOR_GP);
        tap_check(read_cr0() == old, "value %u: CR0 0x%lx was 0x%lx", i, (unsigned long)read_cr0(),
                  (unsigned long)old);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        write_cr0(&good[i]);
        CHECK_EQ(read_cr0(), good[i]);
    }
}

struct msr_value {
    uint32_t msr;
    uint64_t value;
};

static void write_msr(void *arg)
{
    const struct msr_value *m = arg;

    wrmsr(m->msr, m->value);
}

static void read_msr(void *arg)
{
    (void)rdmsr(*(const uint32_t *)arg);
}

/* What writes to physical memory, or changes what addresses mean: #GP. */
void case_hidden(void)
{
    static const uint32_t msrs[] = {0x3F1, 0x3F2, 0x560,  0x570,      0x58F,     0x600,
                                    0x981, 0x982, 0x17D0, 0xC0011030, 0xC001103D};
    struct fault fault;

    if (!under_lapwing()) {
        tap_skip("bare");
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(msrs); i++) {
        uint32_t msr = msrs[i];

        tap_check(trap_call(read_msr, &msr, &fault) && fault.vector == VECTOR_GP, "MSR 0x%x", msr);
    }
    /* XSS: Processor Trace, CET; MISC_ENABLE: no XD; the rest: any write. */
    struct msr_value writes[] = {{0xDA0, BIT(8)}, {0xDA0, BIT(11)}, {0x1A0, BIT(34)},
                                 {0x560, 0x1000}, {0x570, 0},       {0x600, 0},
                                 {0x17D0, 1}};

    for (unsigned i = 0; i < ARRAY_SIZE(writes); i++)
        tap_check(trap_call(write_msr, &writes[i], &fault) && fault.vector == VECTOR_GP,
                  "write of MSR 0x%x", writes[i].msr);
    check_control();
}
