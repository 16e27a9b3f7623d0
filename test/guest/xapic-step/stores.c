/* SPDX-License-Identifier: GPL-2.0-only */
/* Kinds of stores: MOV and its addresses, read-modify-write, string, stack, and undefined sizes. */
#include "xapic-step/cases.h"

#define ARITHMETIC_FLAGS 0x8D5u
#define FLAG_AF          0x10u

static const uint32_t patterns[] = {1, 0x80000000, 0xFFFFFFFF, 0x12345678, 0xFFFF0000};

/* Moves `value` through one named register. */
#define THROUGH(reg32, reg64, value)                                                               \
    do {                                                                                           \
        set_count(~(value));                                                                       \
        __asm__ volatile("movl %0, %%" reg32 "; movl %%" reg32 ", (%1)"                            \
                         :                                                                         \
                         : "m"(value), "a"(COUNT_REG)                                              \
                         : reg64, "memory");                                                       \
        tap_check(get_count() == (value), "mov %s: 0x%x", reg32, get_count());                     \
    } while (0)

void case_mov(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        uint32_t value = patterns[i];

        THROUGH("ecx", "rcx", value);
        THROUGH("edx", "rdx", value);
        THROUGH("ebx", "rbx", value);
        THROUGH("esi", "rsi", value);
        THROUGH("edi", "rdi", value);
        THROUGH("r8d", "r8", value);
        THROUGH("r9d", "r9", value);
        THROUGH("r10d", "r10", value);
        THROUGH("r11d", "r11", value);
        THROUGH("r12d", "r12", value);
        THROUGH("r13d", "r13", value);
        THROUGH("r14d", "r14", value);
        THROUGH("r15d", "r15", value);
    }
    __asm__ volatile("movl $0x12345678, (%0)" : : "r"(COUNT_REG) : "memory");
    CHECK_EQ(get_count(), 0x12345678);
    __asm__ volatile("movl $-2, (%0)" : : "r"(COUNT_REG) : "memory");
    CHECK_EQ(get_count(), 0xFFFFFFFE);
    __asm__ volatile("movl %%esp, (%0)" : : "r"(COUNT_REG) : "memory");
    CHECK_EQ(get_count() & 0xFF000000, 0);
    CHECK(get_count() != 0);
    __asm__ volatile("movnti %1, (%0)" : : "r"(COUNT_REG), "r"(0x5A5A5A5A) : "memory");
    CHECK_EQ(get_count(), 0x5A5A5A5A);
}

/* Base registers whose encoding is special: with a SIB byte (RSP, R12), with a displacement (RBP,
 * R13). */
#define THROUGH_BASE(reg, value)                                                                   \
    do {                                                                                           \
        __asm__ volatile("mov %%" reg ", %%rdx; mov %0, %%" reg "; movl %1, (%%" reg ");"          \
                         "mov %%rdx, %%" reg                                                       \
                         :                                                                         \
                         : "a"(COUNT_REG), "c"(value)                                              \
                         : "rdx", "memory");                                                       \
        tap_check(get_count() == (value), "base %s: 0x%x", reg, get_count());                      \
    } while (0)

void case_mov_addresses(void)
{
    uint64_t fs_base = rdmsr(MSR_FS_BASE);

    irq_disable(); /* RSP is borrowed below */
    __asm__ volatile("movabsl %%eax, 0xFEE00380" : : "a"(0x11) : "memory");
    CHECK_EQ(get_count(), 0x11);
    __asm__ volatile("movl %1, (%k0)" : : "r"(COUNT_REG), "r"(0x22) : "memory");
    CHECK_EQ(get_count(), 0x22);
    __asm__ volatile("movl %2, -0x80(%0,%1,8)"
                     :
                     : "r"(LAPIC_BASE), "r"(UINT64_C(0x80)), "r"(0x33)
                     : "memory");
    CHECK_EQ(get_count(), 0x33);
    __asm__ volatile("movl %2, 0x12345(%0,%1,2)"
                     :
                     : "r"(COUNT_REG - 0x12345), "r"(UINT64_C(0)), "r"(0x44)
                     : "memory");
    CHECK_EQ(get_count(), 0x44);
    __asm__ volatile("movl %1, 0x40(,%0,4)" : : "r"((COUNT_REG - 0x40) / 4), "r"(0x55) : "memory");
    CHECK_EQ(get_count(), 0x55);
    THROUGH_BASE("rsp", 0x66);
    THROUGH_BASE("rbp", 0x77);
    THROUGH_BASE("r12", 0x88);
    THROUGH_BASE("r13", 0x99);

    wrmsr(MSR_FS_BASE, LAPIC_BASE);
    __asm__ volatile("movl %0, %%fs:0x380" : : "r"(0xAA) : "memory");
    CHECK_EQ(get_count(), 0xAA);
    __asm__ volatile("movl $0xBB, %%fs:0x380" : : : "memory");
    CHECK_EQ(get_count(), 0xBB);
    wrmsr(MSR_FS_BASE, fs_base);
    irq_enable();
}

struct rmw_result {
    uint32_t memory;
    uint64_t rax, flags;
};

/* Runs `text` on operand (%rdi) in RAM and on the LAPIC: memory, RAX and flags must come out the
 * same. */
#define RMW(text, undefined_flags)                                                                 \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < ARRAY_SIZE(patterns); i_++) {                                     \
            struct rmw_result ram_ = {.memory = 0x80F01234, .rax = patterns[i_]};                  \
            struct rmw_result apic_ = ram_;                                                        \
            set_count(apic_.memory);                                                               \
            __asm__ volatile("pushq $0x203; popfq; " text "; pushfq; popq %1"                      \
                             : "+a"(ram_.rax), "=&r"(ram_.flags)                                   \
                             : "D"(&ram_.memory), "c"(3), "d"(0x7654321)                           \
                             : "cc", "memory");                                                    \
            __asm__ volatile("pushq $0x203; popfq; " text "; pushfq; popq %1"                      \
                             : "+a"(apic_.rax), "=&r"(apic_.flags)                                 \
                             : "D"(COUNT_REG), "c"(3), "d"(0x7654321)                              \
                             : "cc", "memory");                                                    \
            apic_.memory = get_count();                                                            \
            compare_rmw(text, &apic_, &ram_, ARITHMETIC_FLAGS & ~(undefined_flags));               \
        }                                                                                          \
    } while (0)

static void compare_rmw(const char *text, const struct rmw_result *apic,
                        const struct rmw_result *ram, uint64_t flags)
{
    tap_check(apic->memory == ram->memory, "%s: 0x%x, in RAM 0x%x", text, apic->memory,
              ram->memory);
    tap_check(apic->rax == ram->rax, "%s: RAX 0x%lx, in RAM 0x%lx", text, (unsigned long)apic->rax,
              (unsigned long)ram->rax);
    tap_check((apic->flags & flags) == (ram->flags & flags), "%s: flags 0x%lx, in RAM 0x%lx", text,
              (unsigned long)apic->flags, (unsigned long)ram->flags);
}

void case_rmw(void)
{
    irq_disable();
    RMW("orl %%eax, (%%rdi)", FLAG_AF);
    RMW("andl %%eax, (%%rdi)", FLAG_AF);
    RMW("xorl %%eax, (%%rdi)", FLAG_AF);
    RMW("addl %%eax, (%%rdi)", 0u);
    RMW("subl %%eax, (%%rdi)", 0u);
    RMW("orl $0x70000000, (%%rdi)", FLAG_AF);
    RMW("andl $-16, (%%rdi)", FLAG_AF);
    RMW("addl $0x7FFFFFFF, (%%rdi)", 0u);
    RMW("subl $-1, (%%rdi)", 0u);
    RMW("xorl $-1, (%%rdi)", FLAG_AF);
    RMW("adcl %%eax, (%%rdi)", 0u);
    RMW("sbbl %%eax, (%%rdi)", 0u);
    RMW("incl (%%rdi)", 0u);
    RMW("decl (%%rdi)", 0u);
    RMW("negl (%%rdi)", 0u);
    RMW("notl (%%rdi)", 0u);
    RMW("shll $3, (%%rdi)", FLAG_AF | 0x800u);
    RMW("btsl $5, (%%rdi)", 0x8D4u);
    RMW("btrl $12, (%%rdi)", 0x8D4u);
    tap_next("exchanging and locked");
    RMW("xchgl %%eax, (%%rdi)", 0u);
    RMW("lock orl %%eax, (%%rdi)", FLAG_AF);
    RMW("lock xaddl %%eax, (%%rdi)", 0u);
    RMW("lock btsl $5, (%%rdi)", 0x8D4u);
    RMW("cmpxchgl %%edx, (%%rdi)", 0u);
    RMW("movl (%%rdi), %%eax; cmpxchgl %%edx, (%%rdi)", 0u);
    RMW("lock cmpxchgl %%edx, (%%rdi)", 0u);
    irq_enable();
}

void case_strings(void)
{
    uint32_t ram[3] = {0x11112222, 0x33334444, 0x55556666};
    uint64_t from = (uintptr_t)ram, to = COUNT_REG, count = 1;

    __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
    tap_check(get_count() == ram[0], "movs to the page: 0x%x", get_count());
    CHECK(from == (uintptr_t)&ram[1] && to == COUNT_REG + 4);

    from = (uintptr_t)&ram[2];
    to = COUNT_REG;
    __asm__ volatile("std; movsl; cld" : "+S"(from), "+D"(to) : : "memory");
    tap_check(get_count() == ram[2], "movs backwards: 0x%x", get_count());
    CHECK(from == (uintptr_t)&ram[1] && to == COUNT_REG - 4);

    /* From the page, and from the page to the page: the read must see the register. */
    from = COUNT_REG;
    to = (uintptr_t)ram;
    __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
    tap_check(ram[0] == ram[2], "movs from the page: 0x%x", ram[0]);
    set_count(0x70);
    from = COUNT_REG;
    to = LAPIC_BASE + LAPIC_TPR;
    __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
    tap_check(lapic_read(LAPIC_TPR) == 0x70, "movs within the page: 0x%x", lapic_read(LAPIC_TPR));
    lapic_write(LAPIC_TPR, 0);

    to = COUNT_REG;
    __asm__ volatile("stosl" : "+D"(to) : "a"(0x77778888) : "memory");
    CHECK_EQ(get_count(), 0x77778888);
    CHECK_EQ(to, COUNT_REG + 4);
    to = COUNT_REG;
    __asm__ volatile("std; stosl; cld" : "+D"(to) : "a"(0x9999AAAA) : "memory");
    CHECK_EQ(get_count(), 0x9999AAAA);
    CHECK_EQ(to, COUNT_REG - 4);

    tap_next("repeated");
    to = COUNT_REG;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0xBBBBCCCC) : "memory");
    CHECK_EQ(get_count(), 0xBBBBCCCC);
    CHECK(to == COUNT_REG + 4 && count == 0);
    to = COUNT_REG;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0x1) : "memory");
    CHECK(to == COUNT_REG && count == 0);
    tap_check(get_count() == 0xBBBBCCCC, "no repetition, but 0x%x", get_count());
    /* The next two are not aligned to 16 bytes: only where it ends is defined. */
    count = 3;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(0xDDDDEEEE) : "memory");
    CHECK(to == COUNT_REG + 12 && count == 0);
    count = 3;
    to = COUNT_REG;
    from = (uintptr_t)ram;
    __asm__ volatile("rep movsl" : "+S"(from), "+D"(to), "+c"(count) : : "memory");
    CHECK(to == COUNT_REG + 12 && from == (uintptr_t)(ram + 3) && count == 0);
    CHECK(lapic_still_works());
}

/* Runs `text` with RSP = `stack`; how far RSP moved. */
#define WITH_STACK(stack, text)                                                                    \
    ({                                                                                             \
        uint64_t rsp_;                                                                             \
        __asm__ volatile("mov %%rsp, %%r12; mov %1, %%rsp; " text                                  \
                         "; mov %%rsp, %0; mov %%r12, %%rsp"                                       \
                         : "=&r"(rsp_)                                                             \
                         : "r"((uint64_t)(stack)), "a"(0x1234), "d"(COUNT_REG)                     \
                         : "r12", "rcx", "memory");                                                \
        rsp_ - (uint64_t)(stack);                                                                  \
    })

/* The width of a push is not 32 bits, so what the register gets is not defined; all the rest is. */
void case_push(void)
{
    uint64_t ram[4] = {1, 2, 3, 4};

    irq_disable();
    CHECK_EQ(WITH_STACK(COUNT_REG + 8, "pushq %%rax"), -8);
    CHECK_EQ(WITH_STACK(COUNT_REG + 8, "pushq $5"), -8);
    CHECK_EQ(WITH_STACK(COUNT_REG + 2, "pushw %%ax"), -2);
    CHECK_EQ(WITH_STACK(COUNT_REG + 8, "pushfq"), -8);
    CHECK_EQ(WITH_STACK(COUNT_REG + 8, "call 1f; 1:"), -8);
    CHECK_EQ(WITH_STACK(COUNT_REG + 8, "pushq (%%r12)"), -8);
    CHECK_EQ(WITH_STACK(&ram[1], "popq (%%rdx)"), 8);
    CHECK_EQ(WITH_STACK(&ram[1], "popw (%%rdx)"), 2);
    CHECK(lapic_still_works());
    irq_enable();
}

#define STORE_AT(text, address)                                                                    \
    __asm__ volatile(text : : "D"((uint64_t)(address)), "a"(0x1) : "memory")

void case_odd_sizes(void)
{
    tap_next("bytes and words");
    for (uint64_t offset = 0; offset < 16; offset++) {
        STORE_AT("movb %%al, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movb $2, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movb %%ah, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movw %%ax, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movw $0x1234, (%%rdi)", COUNT_REG + offset);
        STORE_AT("orb %%al, (%%rdi)", COUNT_REG + offset);
        STORE_AT("stosb", COUNT_REG + offset);
    }
    CHECK(lapic_still_works());
    tap_next("misaligned and 64-bit");
    for (uint64_t offset = 1; offset < 16; offset++) {
        STORE_AT("movl %%eax, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movl $3, (%%rdi)", COUNT_REG + offset);
        STORE_AT("movq %%rax, (%%rdi)", COUNT_REG + offset);
    }
    STORE_AT("movq %%rax, (%%rdi)", COUNT_REG);
    STORE_AT("movq $-1, (%%rdi)", COUNT_REG);
    STORE_AT("orq %%rax, (%%rdi)", COUNT_REG);
    STORE_AT("stosq", COUNT_REG);
    CHECK(lapic_still_works());
    tap_next("across the ends of the page");
    for (uint64_t offset = 1; offset < 8; offset++) {
        if (offset < 4)
            STORE_AT("movl %%eax, (%%rdi)", LAPIC_BASE + PAGE_SIZE - offset);
        STORE_AT("movq %%rax, (%%rdi)", LAPIC_BASE + PAGE_SIZE - offset);
    }
    CHECK(lapic_still_works());
    tap_next("reserved and read-only registers");
    for (uint64_t offset = 0x400; offset < PAGE_SIZE; offset += 0x130)
        STORE_AT("movl %%eax, (%%rdi)", LAPIC_BASE + (offset & ~UINT64_C(15)));
    STORE_AT("movl %%eax, (%%rdi)", LAPIC_BASE + LAPIC_VERSION);
    STORE_AT("movl %%eax, (%%rdi)", LAPIC_BASE + LAPIC_ISR);
    STORE_AT("movl %%eax, (%%rdi)", LAPIC_BASE + LAPIC_TIMER_CURRENT);
    lapic_write(LAPIC_ESR, 0);
    lapic_write(LAPIC_ESR, 0);
    CHECK(lapic_still_works());
}
