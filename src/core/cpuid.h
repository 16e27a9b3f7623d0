/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as the guest sees it. docs/cpuid.md describes Lapwing's own leaves. */
#ifndef CORE_CPUID_H
#define CORE_CPUID_H

#include "core/vcpu.h"

/*
 * Answers a CPUID exit of this CPU in vcpu->gpr. The caller skips the instruction. Out of line, because
 * CPUID takes RBX, in which the exit loop has its vCPU.
 */
__attribute__((noinline)) void cpuid_handle(struct vcpu *v);

#endif
