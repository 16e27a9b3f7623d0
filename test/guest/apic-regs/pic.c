/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ExtINT through LINT0 ("Local Vector Table"): the vector is the 8259's, the LAPIC sets no bit, TPR
 * does not hold the interrupt back, and the LAPIC needs no EOI. The source is channel 0 of the
 * 8254, one interrupt at a time.
 */
#include "apic-regs/cases.h"
#include "lib/pic.h"

#define VECTOR_PIC  (VECTOR_TEST + 0x40)
#define ONLY_LINE_0 0xFE
#define PIT_COUNT   1193 /* 1 ms */

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
    in_pic = in_pic || pic_in_service() == 1;
    pic_eoi();
}

static void shoot(void)
{
    pit_pulse(PIT_COUNT);
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
    pit_lower();
    pic_init(VECTOR_PIC, VECTOR_PIC + 8);
    pic_mask(ONLY_LINE_0);
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
    pic_init(PIC_FIRMWARE_BASE1, PIC_FIRMWARE_BASE2);
    quiesce();
    irq_enable();
}
