/* SPDX-License-Identifier: GPL-2.0-only */
/* Is Lapwing still in control: does each CPU find it, are its bytes still hidden? */
#ifndef GUEST_LIB_CONTROL_H
#define GUEST_LIB_CONTROL_H

#include <lapwing/types.h>

/* Does the calling CPU find Lapwing's CPUID leaf? */
bool under_lapwing(void);

/* Checks that each CPU answers, and finds Lapwing's leaf if the boot CPU does. */
void check_control(void);

/*
 * Writes to pages of RAM that the map does not offer and that read as ones, and checks that no
 * write stays. Returns how many pages there are.
 */
unsigned check_hidden(void);

#endif
