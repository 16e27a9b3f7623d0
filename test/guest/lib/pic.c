/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259s and channel 0 of the 8254; see pic.h. No state of its own. */
#include "pic.h"

#include "cpu_insn.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xA0
#define PIC2_DATA    0xA1
#define ICW1         0x11 /* edge-triggered, cascade, ICW4 follows */
#define ICW4_8086    0x01
#define CASCADE_LINE 2
#define OCW2_EOI     0x20
#define OCW3_ISR     0x0B

#define PIT_CHANNEL0 0x40
#define PIT_COMMAND  0x43
#define PIT_ONE_SHOT 0x30 /* mode 0: low now, high at the end of the count */
#define PIT_RATE     0x34 /* mode 2 */

void pic_init(uint8_t base1, uint8_t base2)
{
    outb(PIC1_COMMAND, ICW1);
    outb(PIC2_COMMAND, ICW1);
    outb(PIC1_DATA, base1);
    outb(PIC2_DATA, base2);
    outb(PIC1_DATA, 1 << CASCADE_LINE);
    outb(PIC2_DATA, CASCADE_LINE);
    outb(PIC1_DATA, ICW4_8086);
    outb(PIC2_DATA, ICW4_8086);
    outb(PIC1_DATA, PIC_ALL_MASKED);
    outb(PIC2_DATA, PIC_ALL_MASKED);
}

void pic_mask(uint8_t lines)
{
    outb(PIC1_DATA, lines);
}

uint8_t pic_in_service(void)
{
    outb(PIC1_COMMAND, OCW3_ISR);
    return inb(PIC1_COMMAND);
}

void pic_eoi(void)
{
    outb(PIC1_COMMAND, OCW2_EOI);
}

void pit_lower(void)
{
    outb(PIT_COMMAND, PIT_ONE_SHOT);
}

static void set_count(uint16_t count)
{
    outb(PIT_CHANNEL0, (uint8_t)count);
    outb(PIT_CHANNEL0, (uint8_t)(count >> 8));
}

void pit_pulse(uint16_t count)
{
    pit_lower();
    set_count(count);
}

void pit_restore(void)
{
    outb(PIT_COMMAND, PIT_RATE);
    set_count(0);
}
