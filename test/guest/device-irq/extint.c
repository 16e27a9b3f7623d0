/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PICs in virtual wire mode: LINT0 of CPU 0 is ExtINT, and the I/O APIC's pins are masked. The
 * PICs' interrupts bypass the LAPIC, and only the PICs need an EOI.
 */
#include "device-irq/cases.h"
#include "lib/pic.h"

#define ELCR1 0x4D0

#define PIC1_BASE       0x58
#define PIC2_BASE       0x98
#define IRQ_TIMER       0
#define IRQ_UART        4
#define IRQ_SPURIOUS    7
#define VECTOR_PIC(irq) (PIC1_BASE + (irq))

#define LINT_EXTINT 0x700

#define TIMES   200
#define WINDOWS 10
#define AGAIN   10
#define SLEEPS  50

static struct {
    const struct line *line;
    unsigned keep;
    atomic_uint begun, ended, spurious, in_lapic;
} pic;

static void on_pic(struct trap_frame *frame)
{
    unsigned n = atomic_fetch_add(&pic.begun, 1);

    if (lapic_bit(LAPIC_ISR, (unsigned)frame->vector))
        atomic_fetch_add(&pic.in_lapic, 1);
    if (n >= pic.keep)
        pic.line->lower();
    pic_eoi();
    atomic_fetch_add(&pic.ended, 1);
}

static void on_pic_spurious(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&pic.spurious, 1);
}

static void begin(const struct line *line, unsigned irq, unsigned keep)
{
    pic.line = line;
    pic.keep = keep;
    atomic_store(&pic.begun, 0);
    atomic_store(&pic.ended, 0);
    atomic_store(&pic.spurious, 0);
    atomic_store(&pic.in_lapic, 0);
    trap_set_handler(VECTOR_PIC(irq), on_pic);
    trap_set_handler(VECTOR_PIC(IRQ_SPURIOUS), on_pic_spurious);
    io_apic_mask(line->pin);
    line->prepare();
    line->lower();
    pic_mask((uint8_t)~(1U << irq));
}

static void end(unsigned count)
{
    delay_us(QUIET_US);
    pic_mask(PIC_ALL_MASKED);
    pic.line->lower();
    pic.line->restore();
    tap_check(atomic_load(&pic.begun) == count, "taken %u times, want %u; %u spurious ones",
              atomic_load(&pic.begun), count, atomic_load(&pic.spurious));
    CHECK_EQ(atomic_load(&pic.in_lapic), 0);
}

static void repeat(unsigned times)
{
    begin(&uart, IRQ_UART, 0);
    for (unsigned i = 1; i <= times; i++) {
        uart.raise();
        if (!tap_check(wait_for(&pic.ended, i), "number %u is lost", i))
            break;
    }
    end(times);
}

/* Two edges with IF = 0 are one request. The line stays high: what goes low again is forgotten. */
static void closed_window(void)
{
    begin(&uart, IRQ_UART, 0);
    for (unsigned i = 1; i <= WINDOWS; i++) {
        irq_disable();
        uart.raise();
        uart.lower();
        uart.raise();
        delay_us(QUIET_US / 10);
        tap_check(atomic_load(&pic.begun) == i - 1, "delivered with IF = 0");
        irq_enable();
        if (!tap_check(wait_for(&pic.ended, i), "number %u is lost", i))
            break;
    }
    end(WINDOWS);
}

static void level(void)
{
    uint8_t old = inb(ELCR1);

    outb(ELCR1, (uint8_t)(old | 1U << IRQ_UART));
    if (!(inb(ELCR1) >> IRQ_UART & 1)) {
        tap_skip("no ELCR");
        return;
    }
    begin(&uart, IRQ_UART, AGAIN - 1);
    uart.raise();
    tap_check(wait_for(&pic.ended, AGAIN), "came %u times", atomic_load(&pic.ended));
    end(AGAIN);
    outb(ELCR1, old);
}

/* The pulse ends the HLT; if it is lost, so is this CPU, and the run's time is over. */
static void halted(void)
{
    begin(&timer, IRQ_TIMER, SLEEPS);
    for (unsigned i = 1; i <= SLEEPS; i++) {
        irq_disable();
        timer.raise();
        while (atomic_load(&pic.ended) < i) {
            irq_enable_and_halt();
            irq_disable();
        }
        irq_enable();
    }
    end(SLEEPS);
}

/* The request is there before the STI, so the HLT ends at once; if not, the run's time is over. */
static void pending(void)
{
    begin(&uart, IRQ_UART, 0);
    for (unsigned i = 1; i <= SLEEPS; i++) {
        irq_disable();
        uart.raise();
        delay_us(QUIET_US / 10);
        irq_enable_and_halt();
        if (!tap_check(wait_for(&pic.ended, i), "number %u is lost", i))
            break;
    }
    end(SLEEPS);
}

#define IN_A_WHILE 1193 /* a millisecond */

static atomic_uint nmis;

/* Stays for as long as the timer needs: its interrupt is pending then, and cannot be taken. */
static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&nmis, 1);
    delay_us(3 * QUIET_US);
}

/* NMIs to itself: each comes once, though the PIC calls the CPU while the handler runs. */
static void behind_nmi(void)
{
    trap_set_handler(VECTOR_NMI, on_nmi);
    atomic_store(&nmis, 0);
    begin(&timer, IRQ_TIMER, SLEEPS);
    for (unsigned i = 1; i <= SLEEPS; i++) {
        pit_pulse(IN_A_WHILE);
        lapic_ipi(ICR_NMI | ICR_ASSERT, lapic_id());
        if (!tap_check(wait_for(&pic.ended, i), "interrupt %u is lost", i) ||
            !tap_check(atomic_load(&nmis) == i, "%u NMIs, want %u", atomic_load(&nmis), i))
            break;
    }
    end(SLEEPS);
}

void case_extint(void)
{
    uint32_t lint0 = lapic_read(LAPIC_LVT_LINT0);

    pic_init(PIC1_BASE, PIC2_BASE);
    lapic_write(LAPIC_LVT_LINT0, LINT_EXTINT);
    tap_next("edges");
    repeat(TIMES);
    tap_next("interrupts off");
    closed_window();
    tap_next("level");
    level();
    tap_next("halted");
    halted();
    tap_next("pending at STI and HLT");
    pending();
    tap_next("behind an NMI");
    behind_nmi();
    lapic_write(LAPIC_LVT_LINT0, lint0);
    pic_init(PIC_FIRMWARE_BASE1, PIC_FIRMWARE_BASE2);
}
