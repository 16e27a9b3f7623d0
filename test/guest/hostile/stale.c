/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of code is exchanged in the page tables without a flush, so the CPU goes on with the old
 * page, and the old page's store to the LAPIC page faults. After its own flush Lapwing executes the
 * instruction of the new page. The step of that instruction must end like any exit: no step stays
 * open, no flag is lost, nothing is replayed.
 */
#include <lapwing/string.h>
#include "hostile/cases.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/window.h"

#define PAGE_INDEX 40
#define LAPIC_PAGE UINT64_C(0xFEE00000)
#define TPR_VALUE  0x20

static uint8_t old_code[4096] __attribute__((aligned(4096)));
static uint8_t new_code[4096] __attribute__((aligned(4096)));

struct regs {
    uint64_t rax, rcx, rdx, flags;
};

/* mov %eax, (%rdi); the new page has `insn` in its place, both then return. */
static uint64_t prepare(const uint8_t *insn, unsigned size)
{
    static const uint8_t store[] = {0x89, 0x07};

    memset(old_code, 0x90, sizeof(old_code));
    memset(new_code, 0x90, sizeof(new_code));
    memcpy(old_code, store, sizeof(store));
    memcpy(new_code, insn, size);
    old_code[64] = new_code[64] = 0xC3;

    uint64_t va = window_map(PAGE_INDEX, (uintptr_t)old_code, WINDOW_WRITE);

    __asm__ volatile("call *%0" : : "r"(va + 64) : "memory"); /* the translation is used */
    return va;
}

/* Exchanges the page without INVLPG and runs it; RBX and the like are clobbered by CPUID. */
static struct regs run(uint64_t va, uint64_t *entry, uint32_t rax, uint32_t rcx, uint32_t rdx)
{
    struct regs r = {.rax = rax, .rcx = rcx, .rdx = rdx};
    uint64_t to = LAPIC_PAGE + LAPIC_TPR;

    *entry = (*entry & ~UINT64_C(0x000FFFFFFFFFF000)) | (uintptr_t)new_code;
    __asm__ volatile("call *%[va]\n\tpushfq\n\tpopq %[flags]"
                     : "+a"(r.rax), "+c"(r.rcx), "+d"(r.rdx), [flags] "=r"(r.flags)
                     : [va] "r"(va), "D"(to)
                     : "rbx", "memory", "cc");
    return r;
}

static unsigned insn_size;

/*
 * KVM may carry out the store by itself, because the page is its own LAPIC's. It fetches the
 * instruction anew, and finds one that its emulator does not have: INT3 out of real mode, and on Intel
 * for a guest's guest most that a hypervisor may intercept. Then that guest gets #UD, and KVM stops a
 * guest of its own. (Linux: emulate_int(), vmx_check_intercept(), handle_emulation_failure())
 */
static void on_undefined(struct trap_frame *frame)
{
    CHECK_EQ(frame->rip, window_va(PAGE_INDEX));
    frame->rip += insn_size;
}

static struct regs exchange(const uint8_t *insn, unsigned size, uint32_t rax, uint32_t rcx,
                            uint32_t rdx)
{
    uint64_t va = prepare(insn, size), *entry = window_entry(PAGE_INDEX);
    struct regs r;

    insn_size = size;
    if (payload_has_word("kvm"))
        trap_set_handler(VECTOR_UD, on_undefined);
    r = run(va, entry, rax, rcx, rdx);
    window_unmap(PAGE_INDEX);
    return r;
}

/* Whichever of the two was executed, LAPIC and flags are in order afterwards. */
static void check_lapic(void)
{
    lapic_write(LAPIC_TPR, TPR_VALUE);
    CHECK_EQ(lapic_read(LAPIC_TPR), TPR_VALUE);
    lapic_write(LAPIC_TPR, 0);
    CHECK_EQ(lapic_read(LAPIC_TPR), 0);
}

void case_stale_cpuid(void)
{
    static const uint8_t insn[] = {0x0F, 0xA2};

    for (unsigned i = 0; i < 20; i++) {
        irq_enable();
        struct regs r = exchange(insn, sizeof(insn), 0, 0, 0);

        CHECK(r.flags & EFLAGS_IF);
        CHECK(!(r.flags & EFLAGS_TF));
        check_lapic();
    }
    check_control();
}

/* To x2APIC mode, in the middle of a write to the page. */
void case_stale_apic_base(void)
{
    static const uint8_t insn[] = {0x0F, 0x30};

    if (!lapic_has_x2apic() || this_cpu()->x2apic) {
        tap_skip("no x2APIC mode to go to");
        return;
    }
    uint64_t base = rdmsr(MSR_APIC_BASE), other = base | APIC_BASE_EXTD;

    exchange(insn, sizeof(insn), (uint32_t)other, MSR_APIC_BASE, (uint32_t)(other >> 32));
    if (rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD) { /* what the CPU executed was the WRMSR */
        CHECK_EQ(rdmsr(MSR_X2APIC + LAPIC_TPR / 16) & ~0xFFu, 0);
        wrmsr(MSR_APIC_BASE, base & ~(APIC_BASE_EXTD | APIC_BASE_EN));
        wrmsr(MSR_APIC_BASE, base);
        lapic_enable();
    }
    check_lapic();
    check_control();
}

/* PUSHF shows what a step has put into RFLAGS. */
void case_stale_flags(void)
{
    static const uint8_t insn[] = {0x9C, 0x58}; /* pushfq; pop %rax */

    for (unsigned i = 0; i < 20; i++) {
        irq_enable();
        struct regs r = exchange(insn, sizeof(insn), 0, 0, 0);

        if (r.rax != 0) { /* the new page was executed */
            CHECK(r.rax & EFLAGS_IF);
            CHECK(!(r.rax & EFLAGS_TF));
        }
        CHECK(r.flags & EFLAGS_IF);
        check_lapic();
    }
    check_control();
}

static struct {
    unsigned count;
    uint64_t rip, rflags;
} breakpoint;

static void on_breakpoint(struct trap_frame *frame)
{
    breakpoint.count++;
    breakpoint.rip = frame->rip;
    breakpoint.rflags = frame->rflags;
}

const char *unfit_bare_kvm(void)
{
    return bare_kvm() ? "KVM emulates no INT3, and stops this machine" : NULL;
}

/* INT3: its frame is that of an INT3, whoever was in the middle of what. */
void case_stale_int3(void)
{
    static const uint8_t insn[] = {0xCC};

    breakpoint.count = 0;
    trap_set_handler(VECTOR_BP, on_breakpoint);
    for (unsigned i = 0; i < 20; i++) {
        const unsigned before = breakpoint.count;

        irq_enable();
        struct regs r = exchange(insn, sizeof(insn), 0, 0, 0);

        CHECK(breakpoint.count <= before + 1);
        if (breakpoint.count != before) {
            CHECK_EQ(breakpoint.rip, window_va(PAGE_INDEX) + 1);
            CHECK(breakpoint.rflags & EFLAGS_IF);
            CHECK(!(breakpoint.rflags & EFLAGS_TF));
        }
        CHECK(r.flags & EFLAGS_IF);
        check_lapic();
    }
    trap_reset_handlers();
    check_control();
}
