/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of VMCS fields, and the report of one that the CPU refused. No state. */
#include "core/vmx/vmcs.h"

#include "core/host/log.h"

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

_Noreturn void vmcs_failed(uint32_t encoding)
{
    panic("access to VMCS field %s (%x) failed", vmcs_field_name(encoding), encoding);
}
