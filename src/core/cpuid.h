/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as the guest sees it. docs/cpuid.md describes Lapwing's own leaves. */
#ifndef CORE_CPUID_H
#define CORE_CPUID_H

#include "core/vcpu.h"

/* Answers a CPUID exit of this CPU in vcpu->gpr. The caller skips the instruction. */
void cpuid_handle(struct vcpu *v);

/* Forgets on all CPUs what the hardware has answered, after a write that may have changed it. */
void cpuid_forget(void);

#endif
