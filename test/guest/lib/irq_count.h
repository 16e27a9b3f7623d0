/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts the interrupts of the test vectors, each CPU and each vector by itself. */
#ifndef GUEST_IRQ_COUNT_H
#define GUEST_IRQ_COUNT_H

#include <lapwing/types.h>

#define TEST_VECTORS 0x50 /* from VECTOR_TEST */

/* Everything to zero, and the handlers of this case. */
void irq_count_begin(void);

unsigned irq_count(unsigned index, unsigned vector);
/* Of all vectors. */
unsigned irq_count_all(unsigned index);

/* Waits until the CPU has taken `count` of the vector; false after CPU_TIMEOUT_MS. */
bool irq_count_wait(unsigned index, unsigned vector, unsigned count);

#endif
