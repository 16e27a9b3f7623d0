/* SPDX-License-Identifier: GPL-2.0-only */
/* The two 8259s, and channel 0 of the 8254 at their line 0. Every PC has them. */
#ifndef GUEST_LIB_PIC_H
#define GUEST_LIB_PIC_H

#include <lapwing/types.h>

/* The vectors that a PC's firmware uses. */
#define PIC_FIRMWARE_BASE1 0x08
#define PIC_FIRMWARE_BASE2 0x70

#define PIC_ALL_MASKED 0xFF

/* Sets vectors from the two bases on, edges, and lines 8 to 15 at line 2. All lines are masked. */
void pic_init(uint8_t base1, uint8_t base2);
/* Masks lines 0 to 7: a 1 masks. */
void pic_mask(uint8_t lines);
uint8_t pic_in_service(void);
void pic_eoi(void);

/* Keeps the output low until there is a count. */
void pit_lower(void);
/* Raises the output once, at the end of the count (1193 in a millisecond). */
void pit_pulse(uint16_t count);
/* Sets 18 Hz, as firmware leaves it. */
void pit_restore(void);

#endif
