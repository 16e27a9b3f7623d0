/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest's CPUID says; Lapwing's own leaves are described in docs/cpuid.md. */
#ifndef CORE_CPUID_H
#define CORE_CPUID_H

#include "core/vcpu.h"

/* Answers the CPUID that exited: RAX, RBX, RCX, RDX. The caller skips the instruction. */
void cpuid_handle(struct vcpu *v);

#endif
