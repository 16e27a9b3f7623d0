/* SPDX-License-Identifier: GPL-2.0-only */
/* Fake privileged instructions for host tests: MSRs in an array, CPUID from a table. */
#ifndef CORE_HOST_X86_INSN_H
#define CORE_HOST_X86_INSN_H

#include "core/host/x86.h"

uint64_t rdmsr(uint32_t msr);
void wrmsr(uint32_t msr, uint64_t value);
struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf);

static inline void pause(void)
{
}

#endif
