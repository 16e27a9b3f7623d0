/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleep until another CPU has written to a word. No write can be missed. */
#ifndef SMP_PARK_H
#define SMP_PARK_H

#include <lapwing/types.h>

/*
 * Returns when *word is not 0, or after any NMI. The CPU halts with interrupts off, so that a
 * parked CPU burns no power and takes no time from other emulated CPUs.
 */
void park_wait(const _Atomic uint32_t *word);

/*
 * Returns where the NMI handler goes on after an NMI at `rip`. An NMI between the check of the word
 * and the HLT would otherwise not end the sleep.
 */
uint64_t park_resume_rip(uint64_t rip);

#endif
