/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest may see of CPUID. A feature is shown if Lapwing is known to be safe with it; what
 * the list does not know is hidden, so that next year's feature is off and not open. Pure.
 */
#ifndef CORE_CPUID_LIST_H
#define CORE_CPUID_LIST_H

#include "core/host/x86.h"

/* Clears what is not listed in the hardware's answer. A leaf that is not listed reads as zeros. */
void cpuid_list_apply(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

#endif
