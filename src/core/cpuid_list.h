/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest may see of CPUID. A feature is shown if Lapwing is known to be safe with it; what
 * the list does not know is hidden, so that next year's feature is off and not open. Pure.
 */
#ifndef CORE_CPUID_LIST_H
#define CORE_CPUID_LIST_H

#include "core/host/x86.h"

/* ECX: no DTES64, DS-CPL, VMX, SMX, SDBG; EDX: no serial number, DS, IA-64 */
#define CPUID_1_ECX_HIDDEN (BIT32(2) | GENMASK(6, 4) | BIT32(11) | BIT32(16))
#define CPUID_1_EDX_HIDDEN (BIT32(10) | BIT32(18) | GENMASK(21, 20) | BIT32(30))

/* What cpuid_list_apply() does in leaf 1. Inline, because guests ask for it most. */
static inline void cpuid_list_apply_leaf1(struct cpuid_regs *r)
{
    r->ecx &= (uint32_t)~CPUID_1_ECX_HIDDEN;
    r->edx &= (uint32_t)~CPUID_1_EDX_HIDDEN;
}

/* Clears what is not listed in the hardware's answer. A leaf that is not listed reads as zeros. */
void cpuid_list_apply(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);

#endif
