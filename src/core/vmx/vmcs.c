/* SPDX-License-Identifier: GPL-2.0-only */
/* Access to VMCS fields, and the report of one that the CPU refused. No state. */
#include "core/vmx/vmcs.h"

#include "core/host/log.h"
#include "core/vmx/vmcs_access.h"

const char *vmcs_field_name(uint32_t encoding)
{
    static const struct {
        uint32_t encoding;
        const char *name;
    } fields[] = {
#define VMCS_NAME(name, encoding) {encoding, #name},
        VMCS_FIELDS_16(VMCS_NAME) VMCS_FIELDS_32(VMCS_NAME) VMCS_FIELDS_64(VMCS_NAME)
            VMCS_FIELDS_NATURAL(VMCS_NAME)
#undef VMCS_NAME
    };

    for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].encoding == encoding)
            return fields[i].name;
    }
    return "?";
}

static _Noreturn void failed_on(const char *insn, uint32_t encoding)
{
    panic("%s of VMCS field %s (%x) failed", insn, vmcs_field_name(encoding), encoding);
}

uint64_t vmcs_read_raw(uint32_t encoding)
{
    uint64_t value;
    bool failed;

    __asm__ volatile("vmread %2, %1"
                     : "=@ccna"(failed), "=rm"(value)
                     : "r"((uint64_t)encoding)
                     : "memory");
    if (failed)
        failed_on("VMREAD", encoding);
    return value;
}

void vmcs_write_raw(uint32_t encoding, uint64_t value)
{
    bool failed;

    __asm__ volatile("vmwrite %1, %2"
                     : "=@ccna"(failed)
                     : "rm"(value), "r"((uint64_t)encoding)
                     : "memory");
    if (failed)
        failed_on("VMWRITE", encoding);
}
