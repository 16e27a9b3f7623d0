/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that write the LAPIC page and raise an exception, which the guest gets as on a bare
 * machine.
 */
#include "xapic-step/cases.h"

#define PF_PRESENT 1
#define PF_WRITE   2

#define RAM_PAGE   20 /* of the window; the page behind it is not mapped */
#define ALIAS_PAGE 30

static uint32_t ram_page[PAGE_SIZE / 4] __attribute__((aligned(4096)));

/* What an attempt starts with and, at labels of the asm, where it faults. */
static struct attempt {
    uint64_t rsi, rdi, rcx, rsp;
    uint64_t rip;
} attempt;

static void check_fault(const struct fault *f, unsigned vector, uint64_t error, uint64_t cr2)
{
    tap_check(f->vector == vector, "vector %u, want %u", f->vector, vector);
    tap_check(f->error == error, "error code 0x%lx, want 0x%lx", (unsigned long)f->error,
              (unsigned long)error);
    if (vector == VECTOR_PF)
        tap_check(f->cr2 == cr2, "CR2 0x%lx, want 0x%lx", (unsigned long)f->cr2,
                  (unsigned long)cr2);
    tap_check(f->rip == attempt.rip, "RIP 0x%lx, want 0x%lx", (unsigned long)f->rip,
              (unsigned long)attempt.rip);
    tap_check(!(f->rflags & EFLAGS_TF), "TF is set");
    CHECK(lapic_still_works());
}

static void expect_fault(void (*fn)(void *), unsigned vector, uint64_t error, uint64_t cr2)
{
    struct fault fault = {0};

    write_cr2(0);
    if (tap_check(trap_call(fn, NULL, &fault), "no exception"))
        check_fault(&fault, vector, error, cr2);
    irq_enable();
}

/* `rcx` repetitions of MOVS from rsi to rdi; what the fault left in the registers is in attempt. */
static void move(void *arg)
{
    (void)arg;
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: rep movsl"
                     : "=m"(attempt.rip), "+S"(attempt.rsi), "+D"(attempt.rdi), "+c"(attempt.rcx)
                     :
                     : "rax", "memory");
}

static void move_once(void *arg)
{
    (void)arg;
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: movsl"
                     : "=m"(attempt.rip), "+S"(attempt.rsi), "+D"(attempt.rdi)
                     :
                     : "rax", "memory");
}

void case_source_fault(void)
{
    uint64_t hole = window_va(RAM_PAGE + 1);

    window_map(RAM_PAGE, (uintptr_t)ram_page, WINDOW_WRITE);
    set_count(0x77);
    attempt = (struct attempt){.rsi = hole + 8, .rdi = COUNT_REG};
    expect_fault(move_once, VECTOR_PF, 0, hole + 8);
}

/*
 * The first repetition writes the register, the second faults: RCX, RSI, RDI stand between the two.
 */
void case_source_fault_repeated(void)
{
    uint64_t hole = window_va(RAM_PAGE + 1);
    struct fault fault = {0};

    window_map(RAM_PAGE, (uintptr_t)ram_page, WINDOW_WRITE);
    ram_page[PAGE_SIZE / 4 - 1] = 0xABCD1234;
    set_count(0);
    attempt = (struct attempt){.rsi = hole - 4, .rdi = COUNT_REG, .rcx = 2};
    if (!tap_check(trap_call(move, NULL, &fault), "no exception"))
        return;
    CHECK_EQ(get_count(), 0xABCD1234);
    CHECK_EQ(fault.rcx, 1);
    CHECK_EQ(fault.rsi, hole);
    CHECK_EQ(fault.rdi, COUNT_REG + 4);
    check_fault(&fault, VECTOR_PF, 0, hole);
}

static void push_from_hole(void *arg)
{
    (void)arg;
    irq_disable();
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; mov %%rsp, %%r12; mov %1, %%rsp;"
                     "1: pushq (%2); mov %%r12, %%rsp"
                     : "=m"(attempt.rip)
                     : "r"(COUNT_REG + 8), "r"(window_va(RAM_PAGE + 1))
                     : "rax", "r12", "memory");
}

void case_push_source_fault(void)
{
    struct fault fault = {0};

    if (!tap_check(trap_call(push_from_hole, NULL, &fault), "no exception"))
        return;
    CHECK_EQ(fault.rsp, COUNT_REG + 8);
    check_fault(&fault, VECTOR_PF, 0, window_va(RAM_PAGE + 1));
    irq_enable();
}

static void pop_from_hole(void *arg)
{
    (void)arg;
    irq_disable();
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; mov %%rsp, %%r12; mov %2, %%rsp;"
                     "1: popq (%1); mov %%r12, %%rsp"
                     : "=m"(attempt.rip)
                     : "r"(COUNT_REG), "r"(window_va(RAM_PAGE + 1))
                     : "rax", "r12", "memory");
}

void case_pop_stack_fault(void)
{
    expect_fault(pop_from_hole, VECTOR_PF, 0, window_va(RAM_PAGE + 1));
}

static void store(void *arg)
{
    (void)arg;
    __asm__ volatile("lea 1f(%%rip), %%rax; mov %%rax, %0; 1: movl $1, (%1)"
                     : "=m"(attempt.rip)
                     : "D"(attempt.rdi)
                     : "rax", "memory");
}

/* Half on the LAPIC page, half on a page that is not there. */
void case_crossing_fault(void)
{
    uint64_t alias = window_map(ALIAS_PAGE, LAPIC_BASE, WINDOW_WRITE | WINDOW_UC);

    attempt = (struct attempt){.rdi = alias + PAGE_SIZE - 2};
    expect_fault(store, VECTOR_PF, PF_WRITE, alias + PAGE_SIZE);
    window_unmap(ALIAS_PAGE);
}

/* The guest's own write protection comes first. */
void case_read_only_alias(void)
{
    uint64_t alias = window_map(ALIAS_PAGE, LAPIC_BASE, WINDOW_UC);

    set_count(0x99);
    attempt = (struct attempt){.rdi = alias + LAPIC_TIMER_INITIAL};
    expect_fault(store, VECTOR_PF, PF_WRITE | PF_PRESENT, alias + LAPIC_TIMER_INITIAL);
    window_unmap(ALIAS_PAGE);
}

void case_general_protection(void)
{
    attempt = (struct attempt){.rsi = BIT(47), .rdi = COUNT_REG};
    expect_fault(move_once, VECTOR_GP, 0, 0);
}

static void store_locked(void *arg)
{
    (void)arg;
    __asm__ volatile(
        "lea 1f(%%rip), %%rax; mov %%rax, %0; 1: .byte 0xf0, 0x89, 0x0f" /* lock mov %ecx,(%rdi) */
        : "=m"(attempt.rip)
        : "D"(COUNT_REG)
        : "rax", "memory");
}

void case_locked_mov(void)
{
    expect_fault(store_locked, VECTOR_UD, 0, 0);
}
