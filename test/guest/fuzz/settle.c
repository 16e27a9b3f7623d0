/* SPDX-License-Identifier: GPL-2.0-only */
/* Between two steps. State: what the CPU began with; the handlers of all CPUs. */
#include "fuzz/settle.h"

#include "fuzz/subject.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/smp.h"

#define EFLAGS_RF      BIT(16)
#define DR7_RESET      0x400
#define CR4_SSE        (BIT(9) | BIT(10)) /* OSFXSR, OSXMMEXCPT */
#define MODE_BITS      (APIC_BASE_EN | APIC_BASE_EXTD)
#define FIRST_VECTOR   32
#define MAX_IN_SERVICE 300
#define NMI_STACK      4096
#define TRIES          4
#define DELIVERY_LOOKS 10000
#define NO_INTERRUPT   0x0F /* a vector that is never in service */

#define VERSION_EXTENDED BIT32(31)
#define CONTROL_IER      BIT32(0)

/* Delivery status and remote IRR of an LVT entry, which are read-only. */
#define LAPIC_LVT_STATUS (BIT32(12) | BIT32(14))

static uint64_t home_base; /* IA32_APIC_BASE but BSP */
static atomic_uint single_steps;

/* As lapic_read(), in whichever mode the LAPIC is, which the step may have changed a moment ago. */
static uint32_t read_now(uint64_t base, enum lapic_reg reg)
{
    if (base & APIC_BASE_EXTD)
        return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
    return *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + reg);
}

static void write_now(uint64_t base, enum lapic_reg reg, uint32_t value)
{
    if (base & APIC_BASE_EXTD)
        wrmsr(MSR_X2APIC + reg / 16, value);
    else
        *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + reg) = value;
}

/*
 * The spurious vector can be a real interrupt's too: of a self-IPI, of an LVT entry. It is in service
 * then, and Bochs takes its EOI only while SVR names another vector.
 */
static void end_spurious(uint64_t base)
{
    const uint32_t svr = read_now(base, LAPIC_SVR);

    if (!(read_now(base, (enum lapic_reg)(LAPIC_ISR + VECTOR_SPURIOUS / 32 * 16)) >> 31))
        return;
    write_now(base, LAPIC_SVR, (svr & ~0xFFu) | NO_INTERRUPT);
    write_now(base, LAPIC_EOI, 0);
    write_now(base, LAPIC_SVR, svr);
}

static void on_interrupt(struct trap_frame *frame)
{
    const uint64_t base = rdmsr(MSR_APIC_BASE);

    if (!(base & APIC_BASE_EN))
        return;
    if (frame->vector == VECTOR_SPURIOUS)
        end_spurious(base);
    else
        write_now(base, LAPIC_EOI, 0);
}

/*
 * An exception's IRET in the handler of an NMI lets the next NMI in, on the same stack: the frame of
 * the first is lost then, and the step with it.
 */
static void on_nmi(struct trap_frame *frame)
{
    const bool nested = (uintptr_t)frame - frame->rsp + NMI_STACK < 2 * NMI_STACK;

    atomic_fetch_add(&this_cpu()->nmis, 1);
    if (this_cpu()->index == SUBJECT)
        atomic_store(&progress.rip, frame->rip);
    if (!nested)
        return;
    atomic_fetch_add(&progress.nested_nmis, 1);
    if (this_cpu()->catcher)
        trap_restore(this_cpu()->catcher);
}

static void on_breakpoint(struct trap_frame *frame)
{
    (void)frame;
}

/* Takes back all that could raise it again, but for single steps that are wanted. */
static void on_debug(struct trap_frame *frame)
{
    write_dr7(DR7_RESET);
    write_dr6(0);
    frame->rflags |= EFLAGS_RF;
    if (atomic_load(&single_steps) == 0)
        frame->rflags &= ~EFLAGS_TF;
    else
        atomic_fetch_sub(&single_steps, 1);
}

void settle_single_steps(unsigned count)
{
    atomic_store(&single_steps, count);
}

void settle_init(void)
{
    home_base = rdmsr(MSR_APIC_BASE) & ~APIC_BASE_BSP;
    for (unsigned vector = FIRST_VECTOR; vector < 256; vector++)
        trap_set_handler(vector, on_interrupt);
    trap_set_handler(VECTOR_NMI, on_nmi);
    trap_set_handler(VECTOR_BP, on_breakpoint);
    trap_set_handler(VECTOR_DB, on_debug);
}

void settle_begin(void)
{
    write_cr4(read_cr4() | CR4_SSE);
}

void settle_mode(void)
{
    this_cpu()->x2apic = rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD;
}

/* Any mode may be left for "disabled", and x2APIC mode for no other. */
static void restore_mode(void)
{
    const uint64_t base = rdmsr(MSR_APIC_BASE), bsp = base & APIC_BASE_BSP;

    if ((base ^ bsp) != home_base) {
        if ((base & MODE_BITS) != MODE_BITS || !(home_base & APIC_BASE_EXTD))
            wrmsr(MSR_APIC_BASE, (home_base & ~MODE_BITS) | bsp);
        if (home_base & APIC_BASE_EXTD)
            wrmsr(MSR_APIC_BASE, (home_base & ~APIC_BASE_EXTD) | bsp);
        wrmsr(MSR_APIC_BASE, home_base | bsp);
    }
    settle_mode();
}

/* Most steps change few registers, and under Lapwing a write may cost what a thousand reads do. */
static void restore(enum lapic_reg reg, uint32_t value)
{
    if ((lapic_read(reg) & ~LAPIC_LVT_STATUS) != value)
        lapic_write(reg, value);
}

/* What is in service has lost its handler to an exception, or came while the LAPIC was off. */
static void end_interrupts(void)
{
    if (lapic_read(LAPIC_PPR) < 0x10)
        return;
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | NO_INTERRUPT);
    for (unsigned i = 0; i < MAX_IN_SERVICE && lapic_read(LAPIC_PPR) >= 0x10; i++)
        lapic_eoi();
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_SPURIOUS);
}

/* AMD's registers that let vectors through. (APM vol. 2, "Interrupt Enable Registers") */
static void restore_extended(void)
{
    if (!(lapic_read(LAPIC_VERSION) & VERSION_EXTENDED))
        return;
    for (unsigned i = 0; i < 256 / 32; i++)
        if (lapic_read((enum lapic_reg)(LAPIC_IER + i * 16)) != UINT32_MAX) {
            lapic_write(LAPIC_EXTENDED_CONTROL, CONTROL_IER);
            lapic_write((enum lapic_reg)(LAPIC_IER + i * 16), UINT32_MAX);
        }
}

static void restore_lapic(void *arg)
{
    (void)arg;
    restore_mode();
    restore(LAPIC_TPR, 0);
    for (unsigned i = 0; i < LAPIC_LVTS; i++)
        if (lapic_lvts[i] != LAPIC_LVT_CMCI)
            restore(lapic_lvts[i], LAPIC_LVT_MASKED | 0xFF);
    restore(LAPIC_TIMER_INITIAL, 0);
    restore(LAPIC_SVR, LAPIC_SVR_ENABLE | 0xFF);
    restore_extended();
    end_interrupts();
}

static void check_tpr(uint32_t value)
{
    uint32_t got;

    lapic_write(LAPIC_TPR, value);
    got = lapic_read(LAPIC_TPR);
    if (got != value)
        format_text(progress.why, sizeof(progress.why), "TPR 0x%x reads 0x%x", value, got);
}

static void restore_and_check(void *arg)
{
    restore_lapic(arg);
    if (read_flags() & EFLAGS_TF)
        format_text(progress.why, sizeof(progress.why), "TF is set");
    check_tpr(0x20);
    check_tpr(0);
}

static uint32_t pending(uint32_t *word)
{
    for (unsigned i = FIRST_VECTOR / 32; i < 256 / 32; i++)
        if ((*word = lapic_read((enum lapic_reg)(LAPIC_IRR + i * 16))) != 0)
            return i * 32;
    return 0;
}

/* With interrupts enabled and nothing in service, none stays in the IRR, however many come. */
static void check_delivery(void)
{
    uint32_t word = 0, first = 0;

    for (unsigned i = 0; i < DELIVERY_LOOKS; i++) {
        first = pending(&word);
        if (!first || lapic_read(LAPIC_PPR) >= 0x10)
            return;
        cpu_pause();
    }
    format_text(progress.why, sizeof(progress.why), "IRR from 0x%x on: 0x%x is not delivered",
                first, word);
}

void settle(void)
{
    struct fault fault;

    irq_disable();
    settle_single_steps(0);
    write_dr7(DR7_RESET);
    write_dr6(0);
    write_cr8(0);
    for (unsigned i = 0; i < TRIES; i++)
        if (!trap_call(restore_and_check, NULL, &fault)) {
            irq_enable();
            check_delivery();
            return;
        }
    irq_enable();
    format_text(progress.why, sizeof(progress.why), "exception %u at 0x%lx afterwards",
                fault.vector, (unsigned long)fault.rip);
}
