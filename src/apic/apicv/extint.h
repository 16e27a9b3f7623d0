/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of the 8259 PICs that the exit acknowledged before the guest was ready for them. On a
 * bare machine such an interrupt would still be a request in the PIC. A guest that initialises the
 * PIC meanwhile would never see it, and a guest that masks it would see it later. So Lapwing
 * watches the guest's writes to the PICs while an interrupt waits. Pure; each CPU has one queue,
 * which only this CPU touches. (Intel 8259A data sheet, "Programming the 8259A")
 */
#ifndef APIC_APICV_EXTINT_H
#define APIC_APICV_EXTINT_H

#include <lapwing/types.h>

#define EXTINT_MAX     16   /* the two PICs have 15 lines that can be in service */
#define EXTINT_NO_LINE 0xff /* not from the PICs: an I/O APIC's ExtINT, or spurious */

/* The master's ports. The slave's ports are 80H higher. */
#define PIC_COMMAND 0x20
#define PIC_DATA    0x21
#define PIC_SLAVE   0x80

#define PIC_ICW1         0x10 /* in a command: initialisation begins */
#define PIC_SPECIFIC_EOI 0x60 /* plus the line */
#define PIC_READ_ISR     0x0b
#define PIC_READ_IRR     0x0a
#define PIC_CASCADE      2 /* the master's line that the slave uses */
#define PIC_LINES        8

struct extint_queue {
    struct {
        uint8_t vector, line; /* line: 0 to 15, or EXTINT_NO_LINE */
        bool masked;          /* masked since: to the guest it is a request in the PIC again */
    } waiting[EXTINT_MAX];
    unsigned count;
    unsigned ready; /* how many of them are not masked */
};

/* Returns the line of `vector`, from what both PICs have in service; or EXTINT_NO_LINE. */
uint8_t extint_line(uint8_t vector, uint8_t master_isr, uint8_t slave_isr);

/*
 * Adds an interrupt. Returns false if the queue is full. A vector that waits already is not added
 * again, because a PIC holds one request a line. (A PIC in automatic EOI mode sends a line again
 * and again to a processor that only acknowledges.)
 */
bool extint_push(struct extint_queue *q, uint8_t vector, uint8_t line);

/*
 * Is an interrupt ready for the guest? extint_take() removes the last one that came, because the
 * PIC let it interrupt the others. Call extint_take() only if one is ready.
 */
static inline bool extint_ready(const struct extint_queue *q)
{
    return q->ready > 0;
}

uint8_t extint_take(struct extint_queue *q);

/*
 * Follows the guest's write of `value` to a PIC's port. Returns the lines (bit n is line n) that
 * were acknowledged and that the guest has masked now. The caller must write their EOIs.
 */
unsigned extint_pic_write(struct extint_queue *q, unsigned port, uint8_t value);

#endif
