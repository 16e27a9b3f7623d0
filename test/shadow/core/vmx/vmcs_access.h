/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMCS as the host tests see it: an array, by encoding. It counts what is read and written. */
#ifndef CORE_VMX_VMCS_ACCESS_H
#define CORE_VMX_VMCS_ACCESS_H

#include "core/vmx/vmcs.h"

#define FAKE_VMCS_SIZE 0x8000

extern uint64_t fake_vmcs[FAKE_VMCS_SIZE];
extern unsigned fake_vmcs_reads, fake_vmcs_writes;

static inline uint64_t fake_vmcs_read(uint32_t encoding)
{
    fake_vmcs_reads++;
    return fake_vmcs[encoding];
}

static inline void fake_vmcs_write(uint32_t encoding, uint64_t value)
{
    fake_vmcs_writes++;
    fake_vmcs[encoding] = value;
}

static inline uint16_t vmcs_read16(enum vmcs16 field)
{
    return (uint16_t)fake_vmcs_read((uint32_t)field);
}

static inline uint32_t vmcs_read32(enum vmcs32 field)
{
    return (uint32_t)fake_vmcs_read((uint32_t)field);
}

static inline uint64_t vmcs_read64(enum vmcs64 field)
{
    return fake_vmcs_read((uint32_t)field);
}

static inline uint64_t vmcs_read(enum vmcs_natural field)
{
    return fake_vmcs_read((uint32_t)field);
}

static inline void vmcs_write16(enum vmcs16 field, uint16_t value)
{
    fake_vmcs_write((uint32_t)field, value);
}

static inline void vmcs_write32(enum vmcs32 field, uint32_t value)
{
    fake_vmcs_write((uint32_t)field, value);
}

static inline void vmcs_write64(enum vmcs64 field, uint64_t value)
{
    fake_vmcs_write((uint32_t)field, value);
}

static inline void vmcs_write(enum vmcs_natural field, uint64_t value)
{
    fake_vmcs_write((uint32_t)field, value);
}

static inline uint64_t vmcs_read_sure(uint32_t encoding)
{
    return fake_vmcs_read(encoding);
}

static inline void vmcs_write_sure(uint32_t encoding, uint64_t value)
{
    fake_vmcs_write(encoding, value);
}

static inline void vmcs_set32(enum vmcs32 field, uint32_t bits)
{
    vmcs_write32(field, vmcs_read32(field) | bits);
}

static inline void vmcs_clear32(enum vmcs32 field, uint32_t bits)
{
    const uint32_t old = vmcs_read32(field);

    if (old & bits)
        vmcs_write32(field, old & ~bits);
}

#endif
