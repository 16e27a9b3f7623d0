/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeping until another CPU has put something into a word, without a window to miss it in. */
#ifndef SMP_PARK_H
#define SMP_PARK_H

#include <lapwing/types.h>

/*
 * Returns when *word is not 0, or after any NMI. HLT with interrupts off: no power burnt, and no
 * time taken from other emulated CPUs.
 */
void park_wait(const _Atomic uint32_t *word);

/*
 * For the NMI handler: where to go on after an NMI at `rip`. An NMI between the look at the word
 * and the HLT would otherwise be slept over.
 */
uint64_t park_resume_rip(uint64_t rip);

#endif
