/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts the interrupts of the test vectors, for each CPU and each vector. */
#ifndef GUEST_LIB_IRQ_COUNT_H
#define GUEST_LIB_IRQ_COUNT_H

#include <lapwing/types.h>

#define TEST_VECTORS 0x50 /* from VECTOR_TEST */

/* Clears all counts and installs the handlers. */
void irq_count_begin(void);

unsigned irq_count(unsigned index, unsigned vector);
/* The sum of all vectors. */
unsigned irq_count_all(unsigned index);

/* Waits until the CPU has taken the vector `count` times. Returns false after CPU_TIMEOUT_MS. */
bool irq_count_wait(unsigned index, unsigned vector, unsigned count);

#endif
