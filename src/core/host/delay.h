/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting in microseconds, for CPU bring-up. */
#ifndef CORE_HOST_DELAY_H
#define CORE_HOST_DELAY_H

#include <lapwing/types.h>

/* Measures the TSC against the PIT's channel 2, once, before the others are used. */
void delay_calibrate(void);

void delay_us(uint64_t us);

#endif
