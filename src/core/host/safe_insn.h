/* SPDX-License-Identifier: GPL-2.0-only */
/* RDMSR, WRMSR and XSETBV that survive a #GP. They return 0, or -EFAULT for a #GP. */
#ifndef CORE_HOST_SAFE_INSN_H
#define CORE_HOST_SAFE_INSN_H

#include <lapwing/types.h>

int rdmsr_safe(uint32_t msr, uint64_t *value);
int wrmsr_safe(uint32_t index, uint64_t value);
int xsetbv_safe(uint32_t index, uint64_t value);

#endif
