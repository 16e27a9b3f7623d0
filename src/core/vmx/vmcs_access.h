/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to the current VMCS of this CPU, one function for each width. VMREAD and VMWRITE fail with
 * CF (no current VMCS) or ZF (no such field). Both flags are checked, and a failure panics: it is a
 * broken host invariant.
 */
#ifndef CORE_VMX_VMCS_ACCESS_H
#define CORE_VMX_VMCS_ACCESS_H

#include "core/vmx/vmcs.h"

/*
 * For the functions below. Exits read much and write little, so that only reads are inline. The stub
 * vmcs_access_failed of vmcs_failed.S finds the encoding in RAX.
 */
void vmcs_write_raw(uint32_t encoding, uint64_t value);
static inline uint64_t vmcs_read_raw(uint32_t encoding)
{
    uint64_t value;

    __asm__ volatile("vmread %1, %0; jna vmcs_access_failed"
                     : "=r"(value)
                     : "a"((uint64_t)encoding)
                     : "cc");
    return value;
}

static inline uint16_t vmcs_read16(enum vmcs16 field)
{
    return (uint16_t)vmcs_read_raw((uint32_t)field);
}

static inline uint32_t vmcs_read32(enum vmcs32 field)
{
    return (uint32_t)vmcs_read_raw((uint32_t)field);
}

static inline uint64_t vmcs_read64(enum vmcs64 field)
{
    return vmcs_read_raw((uint32_t)field);
}

static inline uint64_t vmcs_read(enum vmcs_natural field)
{
    return vmcs_read_raw((uint32_t)field);
}

static inline void vmcs_write16(enum vmcs16 field, uint16_t value)
{
    vmcs_write_raw((uint32_t)field, value);
}

static inline void vmcs_write32(enum vmcs32 field, uint32_t value)
{
    vmcs_write_raw((uint32_t)field, value);
}

static inline void vmcs_write64(enum vmcs64 field, uint64_t value)
{
    vmcs_write_raw((uint32_t)field, value);
}

static inline void vmcs_write(enum vmcs_natural field, uint64_t value)
{
    vmcs_write_raw((uint32_t)field, value);
}

/*
 * Access that is not checked, to fields that every CPU has, which nearly each exit reads or writes.
 * The read of RIP, which comes first after an exit, is checked: the VMCS cannot change behind it.
 */
static inline __attribute__((always_inline)) uint64_t vmcs_read_sure(uint32_t encoding)
{
    uint64_t value;

    __asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((uint64_t)encoding) : "cc");
    return value;
}

static inline __attribute__((always_inline)) void vmcs_write_sure(uint32_t encoding, uint64_t value)
{
    __asm__ volatile("vmwrite %0, %1" : : "r"(value), "r"((uint64_t)encoding) : "cc");
}

/* Set or clear bits of a 32-bit field. */
static inline void vmcs_set32(enum vmcs32 field, uint32_t bits)
{
    vmcs_write32(field, vmcs_read32(field) | bits);
}

/* The bits are mostly clear already, and are not written then. */
static inline void vmcs_clear32(enum vmcs32 field, uint32_t bits)
{
    const uint32_t old = vmcs_read32(field);

    if (old & bits)
        vmcs_write32(field, old & ~bits);
}

#endif
