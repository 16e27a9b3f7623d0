/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ExtINT through LINT0 ("Local Vector Table"): the vector is the 8259's, no bit of the LAPIC is
 * set, TPR does not hold it back, and no EOI is due there. The source is the 8254's channel 0, one
 * interrupt at a time.
 */
#include "apic-regs/cases.h"

#define PIC1_COMMAND  0x20
#define PIC1_DATA     0x21
#define PIC2_COMMAND  0xA0
#define PIC2_DATA     0xA1
#define ICW1          0x11 /* edge-triggered, cascade, ICW4 follows */
#define ICW4_8086     0x01
#define FIRMWARE_PIC1 0x08
#define FIRMWARE_PIC2 0x70
#define ONLY_LINE_0   0xFE
#define PIC_EOI       0x20
#define PIC_READ_ISR  0x0B

#define PIT_CHANNEL0 0x40
#define PIT_COMMAND  0x43
#define PIT_MODE0    0x30 /* both bytes, interrupt on terminal count */
#define PIT_COUNT    1193 /* 1 ms */

#define LVT_EXTINT 0x700
#define SHOTS      3
#define WAIT_US    2000000
#define QUIET_US   3000

static volatile unsigned taken;
static volatile bool in_lapic, in_pic;

static void on_pic(struct trap_frame *frame)
{
    unsigned vector = (unsigned)frame->vector;

    taken++;
    for (unsigned n = 0; n < 8; n++)
        in_lapic = in_lapic || lapic_read((enum lapic_reg)(LAPIC_ISR + 16 * n)) != 0;
    in_lapic = in_lapic || lapic_bit(LAPIC_IRR, vector) || lapic_bit(LAPIC_TMR, vector);
    outb(PIC1_COMMAND, PIC_READ_ISR);
    in_pic = in_pic || inb(PIC1_COMMAND) == 1;
    outb(PIC1_COMMAND, PIC_EOI);
}

static void set_up_pics(uint8_t first, uint8_t second, uint8_t mask)
{
    outb(PIC1_COMMAND, ICW1);
    outb(PIC2_COMMAND, ICW1);
    outb(PIC1_DATA, first);
    outb(PIC2_DATA, second);
    outb(PIC1_DATA, 1 << 2); /* the slave is on line 2 */
    outb(PIC2_DATA, 2);
    outb(PIC1_DATA, ICW4_8086);
    outb(PIC2_DATA, ICW4_8086);
    outb(PIC1_DATA, mask);
    outb(PIC2_DATA, 0xFF);
}

static void shoot(void)
{
    outb(PIT_COMMAND, PIT_MODE0);
    outb(PIT_CHANNEL0, PIT_COUNT & 0xFF);
    outb(PIT_CHANNEL0, PIT_COUNT >> 8);
}

static void wait_for(unsigned count)
{
    uint64_t end = clock_us() + WAIT_US;

    while (taken < count && clock_us() < end)
        cpu_pause();
    CHECK_EQ(taken, count);
}

void case_extint(void)
{
    quiesce();
    irq_disable();
    taken = 0;
    in_lapic = in_pic = false;
    trap_set_handler(VECTOR_PIC, on_pic);
    outb(PIT_COMMAND, PIT_MODE0); /* the line is low until there is a count */
    set_up_pics(VECTOR_PIC, VECTOR_PIC + 8, ONLY_LINE_0);
    lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
    irq_enable();
    for (unsigned n = 1; n <= SHOTS; n++) {
        shoot();
        wait_for(n);
    }
    /* Not through a masked entry; but the PIC keeps its request. */
    if (!differs(PIC_BYPASSES_LINT0)) {
        lapic_write(LAPIC_LVT_LINT0, LAPIC_LVT_MASKED | LVT_EXTINT);
        shoot();
        delay_us(QUIET_US);
        CHECK_EQ(taken, SHOTS);
        lapic_write(LAPIC_LVT_LINT0, LVT_EXTINT);
    } else {
        shoot();
    }
    wait_for(SHOTS + 1);
    /* The priority of the processor is no matter. */
    lapic_write(LAPIC_TPR, 0xF0);
    shoot();
    wait_for(SHOTS + 2);
    lapic_write(LAPIC_TPR, 0);
    /* One that waits for IF. */
    irq_disable();
    shoot();
    delay_us(QUIET_US);
    CHECK_EQ(taken, SHOTS + 2);
    irq_enable();
    wait_for(SHOTS + 3);
    delay_us(QUIET_US);
    CHECK_EQ(taken, SHOTS + 3);
    tap_check(!in_lapic, "the LAPIC has it in IRR, ISR or TMR");
    tap_check(in_pic, "the PIC has it not in service");
    irq_disable();
    set_up_pics(FIRMWARE_PIC1, FIRMWARE_PIC2, 0xFF);
    quiesce();
    irq_enable();
}
