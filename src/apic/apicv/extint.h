/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of the 8259 PICs that the exit acknowledged before the guest was ready for them. On a
 * bare machine they would still be requests in the PIC: a guest that initialises or masks it in the
 * meantime never sees them, or later. So its writes to the PICs are watched for as long as one
 * waits. Pure. (Intel 8259A data sheet, "Programming the 8259A")
 */
#ifndef APIC_APICV_EXTINT_H
#define APIC_APICV_EXTINT_H

#include <lapwing/types.h>

#define EXTINT_MAX     16   /* the two PICs have 15 lines that can be in service */
#define EXTINT_NO_LINE 0xff /* not from the PICs: an ExtINT of the IOAPIC's, or spurious */

/* Ports of the master; the slave's are 80H higher. */
#define PIC_COMMAND 0x20
#define PIC_DATA    0x21
#define PIC_SLAVE   0x80

#define PIC_ICW1         0x10 /* in a command: initialisation begins */
#define PIC_SPECIFIC_EOI 0x60 /* plus the line */
#define PIC_READ_ISR     0x0b
#define PIC_READ_IRR     0x0a
#define PIC_CASCADE      2 /* the master's line that the slave is on */
#define PIC_LINES        8

struct extint_queue {
    struct {
        uint8_t vector, line; /* the line: 0 to 15 */
        bool masked;          /* a request in the PIC again, as far as the guest can tell */
    } waiting[EXTINT_MAX];
    unsigned count;
};

/* The line, from the vector and what both PICs have in service. */
uint8_t extint_line(uint8_t vector, uint8_t master_isr, uint8_t slave_isr);

/*
 * False: the queue is full. A vector that waits already is one request, as in the PIC: in its
 * automatic EOI mode it sends a line again and again to a processor that only acknowledges.
 */
bool extint_push(struct extint_queue *q, uint8_t vector, uint8_t line);

/* Is one ready for the guest? Takes the last that came: the PIC had it interrupt the others. */
bool extint_ready(const struct extint_queue *q);
uint8_t extint_take(struct extint_queue *q);

/*
 * The guest writes `value` to the PIC's port. Returns the lines that were acknowledged and must be
 * free of it now (bit n is line n), since the guest has masked them.
 */
unsigned extint_pic_write(struct extint_queue *q, unsigned port, uint8_t value);

#endif
