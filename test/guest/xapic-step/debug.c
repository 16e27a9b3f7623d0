/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt shadows, the guest's own single-stepping and breakpoints around a LAPIC write. */
#include "xapic-step/cases.h"

#define MAX_TRAPS 16

#define DR7_L0     BIT(0)
#define DR7_EXEC   (UINT64_C(0) << 16)
#define DR7_WRITE  (UINT64_C(1) << 16)
#define DR7_ACCESS (UINT64_C(3) << 16)
#define DR7_4BYTES (UINT64_C(3) << 18)
#define DR7_ALWAYS 0x400

#define DR6_CLEAR UINT64_C(0xFFFF0FF0)
#define EFLAGS_RF BIT(16)

static struct {
    unsigned count;
    uint64_t rip[MAX_TRAPS], dr6[MAX_TRAPS];
} traps;

static void on_debug(struct trap_frame *frame)
{
    if (traps.count < MAX_TRAPS) {
        traps.rip[traps.count] = frame->rip;
        traps.dr6[traps.count] = read_dr6();
    }
    traps.count++;
    write_dr6(DR6_CLEAR);
    frame->rflags |= EFLAGS_RF; /* an instruction breakpoint hits once; else harmless */
}

static void expect_debug_traps(void)
{
    traps.count = 0;
    trap_set_handler(VECTOR_DB, on_debug);
    write_dr6(DR6_CLEAR);
}

static volatile unsigned interrupts;
static volatile uint64_t interrupted_rip;

static void on_interrupt(struct trap_frame *frame)
{
    interrupted_rip = frame->rip;
    interrupts++;
    lapic_eoi();
}

/* Sends itself an interrupt with interrupts off and waits until it is pending. */
static void make_pending(void)
{
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_TEST, 0);
    for (unsigned i = 0; i < 100000; i++)
        if (lapic_read((enum lapic_reg)(LAPIC_IRR + (VECTOR_TEST / 32) * 16)) &
            BIT32(VECTOR_TEST % 32))
            return;
    tap_check(false, "the self IPI is not pending");
}

/* An interrupt is pending; STI holds it back for one instruction, which is the write. */
void case_sti_shadow(void)
{
    trap_set_handler(VECTOR_TEST, on_interrupt);
    for (uint32_t value = 1; value < 50; value++) {
        uint64_t store, after, end;

        interrupts = 0;
        irq_disable();
        make_pending();
        __asm__ volatile("lea 1f(%%rip), %0; lea 2f(%%rip), %1; lea 3f(%%rip), %2;"
                         "sti; 1: movl %%eax, (%%rdi); 2: nop; nop; nop; 3: cli"
                         : "=&r"(store), "=&r"(after), "=&r"(end)
                         : "a"(value), "D"(COUNT_REG)
                         : "memory");
        tap_check(interrupts == 1, "%u interrupts", interrupts);
        tap_check(interrupted_rip != store, "interrupted in the shadow of STI");
        tap_check(interrupted_rip >= after && interrupted_rip <= end, "RIP 0x%lx, write at 0x%lx",
                  (unsigned long)interrupted_rip, (unsigned long)store);
        CHECK_EQ(get_count(), value);
        irq_enable();
    }
}

/* MOV SS holds back interrupts and debug traps for one instruction. */
void case_mov_ss(void)
{
    uint64_t second;

    for (uint32_t value = 1; value < 50; value++) {
        __asm__ volatile("mov %%ss, %%ecx; mov %%ecx, %%ss; movl %%eax, (%%rdi)"
                         :
                         : "a"(value), "D"(COUNT_REG)
                         : "rcx", "memory");
        CHECK_EQ(get_count(), value);
    }
    tap_next("with TF");
    expect_debug_traps();
    irq_disable();
    __asm__ volatile("mov %%ss, %%ecx; lea 2f(%%rip), %0; pushfq; orq $0x100, (%%rsp); popfq;"
                     "mov %%ecx, %%ss; movl %%eax, (%%rdi); 2: nop;"
                     "pushfq; andq $~0x100, (%%rsp); popfq"
                     : "=&r"(second)
                     : "a"(0x1234), "D"(COUNT_REG)
                     : "rcx", "memory");
    irq_enable();
    CHECK_EQ(get_count(), 0x1234);
    CHECK(traps.count >= 2);
    tap_check(traps.rip[0] == second, "first trap at 0x%lx, want 0x%lx behind the write",
              (unsigned long)traps.rip[0], (unsigned long)second);
}

void case_trap_flag(void)
{
    uint64_t after_mov, after_or, after_movs, after_nop;
    uint32_t ram = 0x55667788;
    const uint32_t *from = &ram;
    uint64_t to = COUNT_REG;

    expect_debug_traps();
    irq_disable();
    __asm__ volatile("lea 1f(%%rip), %0; lea 2f(%%rip), %1; lea 3f(%%rip), %2; lea 4f(%%rip), %3;"
                     "pushfq; orq $0x100, (%%rsp); popfq;"
                     "movl %%eax, (%%rdi); 1: orl $0x100, (%%rdi); 2: movsl; 3: nop; 4: nop;"
                     "pushfq; andq $~0x100, (%%rsp); popfq"
                     : "=&r"(after_mov), "=&r"(after_or), "=&r"(after_movs), "=&r"(after_nop),
                       "+S"(from), "+D"(to)
                     : "a"(0x1000)
                     : "memory");
    irq_enable();
    CHECK_EQ(get_count(), ram);
    CHECK(traps.count >= 5 && traps.count <= 8);
    CHECK_EQ(traps.rip[0], after_mov);
    CHECK_EQ(traps.rip[1], after_or);
    CHECK_EQ(traps.rip[2], after_movs);
    CHECK_EQ(traps.rip[3], after_nop);
    for (unsigned i = 0; i < traps.count && i < MAX_TRAPS; i++)
        tap_check((traps.dr6[i] & (DR6_BS | 0xF)) == DR6_BS, "trap %u: DR6 0x%lx", i,
                  (unsigned long)traps.dr6[i]);

    /* Not stepping any more: no trap is left over. */
    unsigned count = traps.count;

    set_count(1);
    set_count(2);
    CHECK_EQ(traps.count, count);
}

static uint32_t watched = 0xCAFEF00D;

static void check_one_trap(uint64_t rip)
{
    tap_check(traps.count == 1, "%u traps", traps.count);
    tap_check(traps.rip[0] == rip, "RIP 0x%lx, want 0x%lx", (unsigned long)traps.rip[0],
              (unsigned long)rip);
    tap_check((traps.dr6[0] & (DR6_BS | 0xF)) == DR6_B0, "DR6 0x%lx", (unsigned long)traps.dr6[0]);
}

/* A data breakpoint on the register itself: a trap behind the write. */
void case_watch_lapic(void)
{
    uint64_t after;

    expect_debug_traps();
    write_dr0(COUNT_REG);
    write_dr7(DR7_ALWAYS | DR7_L0 | DR7_WRITE | DR7_4BYTES);
    __asm__ volatile("lea 1f(%%rip), %0; movl %%eax, (%%rdi); 1: nop"
                     : "=&r"(after)
                     : "a"(0x4321), "D"(COUNT_REG)
                     : "memory");
    (void)get_count();
    write_dr7(DR7_ALWAYS);
    CHECK_EQ(get_count(), 0x4321);
    check_one_trap(after);
    set_count(0x5432);
    CHECK_EQ(traps.count, 1);
}

/* A data breakpoint on what MOVS reads. */
void case_watch_source(void)
{
    const uint32_t *from = &watched;
    uint64_t to = COUNT_REG, after;

    expect_debug_traps();
    write_dr0((uintptr_t)&watched);
    write_dr7(DR7_ALWAYS | DR7_L0 | DR7_ACCESS | DR7_4BYTES);
    __asm__ volatile("lea 1f(%%rip), %0; movsl; 1: nop"
                     : "=&r"(after), "+S"(from), "+D"(to)
                     :
                     : "memory");
    write_dr7(DR7_ALWAYS);
    CHECK_EQ(get_count(), watched);
    check_one_trap(after);
}

/* An instruction breakpoint on the write: a fault before it; resumed with RF, it is done once. */
void case_break_on_store(void)
{
    uint64_t store, count_before;

    __asm__ volatile("lea store_with_breakpoint(%%rip), %0" : "=r"(store));
    expect_debug_traps();
    set_count(0x10);
    count_before = get_count();
    write_dr0(store);
    write_dr7(DR7_ALWAYS | DR7_L0 | DR7_EXEC);
    __asm__ volatile("store_with_breakpoint: addl %%eax, (%%rdi)"
                     :
                     : "a"(0x1), "D"(COUNT_REG)
                     : "memory");
    write_dr7(DR7_ALWAYS);
    CHECK_EQ(get_count(), count_before + 1);
    check_one_trap(store);
}

/* A write leaves no trace in DR6 and DR7. */
void case_debug_registers_kept(void)
{
    static const uint64_t dr7s[] = {DR7_ALWAYS, DR7_ALWAYS | DR7_L0 | DR7_WRITE,
                                    DR7_ALWAYS | 0x300};

    expect_debug_traps();
    write_dr0(0);
    for (unsigned i = 0; i < ARRAY_SIZE(dr7s); i++) {
        uint32_t ram = 0x1111;
        const uint32_t *from = &ram;
        uint64_t to = COUNT_REG;

        write_dr0((uintptr_t)&watched);
        write_dr7(dr7s[i]);
        write_dr6(DR6_CLEAR | 0x4);
        set_count(i + 1);
        __asm__ volatile("movsl" : "+S"(from), "+D"(to) : : "memory");
        tap_check(read_dr6() == (DR6_CLEAR | 0x4), "DR6 0x%lx", (unsigned long)read_dr6());
        tap_check(read_dr7() == dr7s[i], "DR7 0x%lx, was 0x%lx", (unsigned long)read_dr7(),
                  (unsigned long)dr7s[i]);
        CHECK_EQ(get_count(), 0x1111);
    }
    write_dr7(DR7_ALWAYS);
    write_dr6(DR6_CLEAR);
    CHECK_EQ(traps.count, 0);
}

/* MOV and MOVS change no flag; an exit in between must not, either. */
void case_flags_kept(void)
{
    static const uint64_t flags[] = {0x002, 0x202, 0x0C3, 0x8D7, 0x40AD7, 0x3202, 0x200CD7};

    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
        uint32_t ram = i;
        const uint32_t *from = &ram;
        uint64_t to = COUNT_REG, before, after;

        __asm__ volatile("pushq %[want]; popfq; pushfq; popq %[before];"
                         "movl %%eax, (%%rdi); movsl; movl $5, -4(%%rdi);"
                         "pushfq; popq %[after]; cld; sti"
                         : [before] "=&r"(before), [after] "=&r"(after), "+S"(from), "+D"(to)
                         : [want] "r"(flags[i] & ~UINT64_C(0x400)), "a"(1)
                         : "cc", "memory");
        tap_check(before == after, "flags 0x%lx became 0x%lx", (unsigned long)before,
                  (unsigned long)after);
    }
    __asm__ volatile("pushq $0x202; popfq" : : : "cc", "memory");
}
