/* SPDX-License-Identifier: GPL-2.0-only */
/* The half of vmcs_access.h that is not inline. No state but the current VMCS. */
#include "core/vmx/vmcs_access.h"

__attribute__((noinline)) void vmcs_write_raw(uint32_t encoding, uint64_t value)
{
    __asm__ volatile("vmwrite %0, %1; jna vmcs_access_failed"
                     :
                     : "r"(value), "a"((uint64_t)encoding)
                     : "cc");
}
