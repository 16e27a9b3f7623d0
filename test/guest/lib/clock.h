/* SPDX-License-Identifier: GPL-2.0-only */
/* Time by the TSC, whose rate the BSP measures once with channel 2 of the PIT. */
#ifndef GUEST_LIB_CLOCK_H
#define GUEST_LIB_CLOCK_H

#include <lapwing/types.h>

void clock_init(void);
uint64_t clock_us(void);
void delay_us(uint64_t us);
uint64_t clock_tsc_khz(void);

#endif
