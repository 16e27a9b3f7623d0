/* SPDX-License-Identifier: GPL-2.0-only */
/* The queue of acknowledged ExtINTs; see extint.h. No lock. */
#include "apic/apicv/extint.h"

uint8_t extint_line(uint8_t vector, uint8_t master_isr, uint8_t slave_isr)
{
    const uint8_t line = vector % PIC_LINES; /* the PIC puts the line into bits 2:0 */
    const uint8_t bit = (uint8_t)(1U << line);
    /* The lowest bit has the highest priority. If it is the cascade the slave sent the vector. */
    const bool slave = (master_isr & -master_isr) == 1U << PIC_CASCADE;

    if (slave && (slave_isr & bit))
        return (uint8_t)(line + PIC_LINES);
    if (!slave && (master_isr & bit))
        return line;
    return EXTINT_NO_LINE;
}

bool extint_push(struct extint_queue *q, uint8_t vector, uint8_t line)
{
    for (unsigned i = 0; i < q->count; i++) {
        if (q->waiting[i].vector == vector && !q->waiting[i].masked)
            return true;
    }
    if (q->count == EXTINT_MAX)
        return false;
    q->waiting[q->count].vector = vector;
    q->waiting[q->count].line = line;
    q->waiting[q->count].masked = false;
    q->count++;
    q->ready++;
    return true;
}

uint8_t extint_take(struct extint_queue *q)
{
    unsigned at = q->count - 1;
    uint8_t vector;

    while (at > 0 && q->waiting[at].masked)
        at--;
    vector = q->waiting[at].vector;
    q->count--;
    q->ready--;
    for (unsigned i = at; i < q->count; i++)
        q->waiting[i] = q->waiting[i + 1];
    return vector;
}

/* Does OCW1, the mask, of the PIC whose first line is `first`. */
static unsigned set_mask(struct extint_queue *q, uint8_t first, uint8_t mask)
{
    unsigned retire = 0;

    for (unsigned i = 0; i < q->count; i++) {
        const uint8_t line = q->waiting[i].line;
        bool masked;

        if (line == EXTINT_NO_LINE || line - line % PIC_LINES != first)
            continue;
        masked = (mask >> line % PIC_LINES & 1) != 0;
        if (masked && !q->waiting[i].masked)
            retire |= 1U << line;
        q->ready += (unsigned)q->waiting[i].masked - (unsigned)masked;
        q->waiting[i].masked = masked;
    }
    return retire;
}

unsigned extint_pic_write(struct extint_queue *q, unsigned port, uint8_t value)
{
    const bool slave = port >= PIC_COMMAND + PIC_SLAVE;

    switch (slave ? port - PIC_SLAVE : port) {
    case PIC_COMMAND:
        /*
         * Initialisation forgets requests. The writes to the data port that follow it are no masks.
         */
        if (value & PIC_ICW1)
            q->count = q->ready = 0;
        return 0;
    case PIC_DATA:
        return set_mask(q, slave ? PIC_LINES : 0, value);
    default:
        return 0;
    }
}
