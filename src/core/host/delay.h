/* SPDX-License-Identifier: GPL-2.0-only */
/* Delays for CPU bring-up. */
#ifndef CORE_HOST_DELAY_H
#define CORE_HOST_DELAY_H

#include <lapwing/types.h>

/* Measures the TSC against channel 2 of the PIT. The boot CPU calls it once, before delay_us(). */
void delay_calibrate(void);

/* Waits at least `us` microseconds. */
void delay_us(uint64_t us);

/* Waits until at least `us` microseconds have passed since the TSC was `start`. */
void delay_since(uint64_t start, uint64_t us);

#endif
