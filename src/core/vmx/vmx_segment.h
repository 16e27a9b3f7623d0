/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's segment registers in the VMCS, by number. Each CPU uses its own VMCS only. */
#ifndef CORE_VMX_VMX_SEGMENT_H
#define CORE_VMX_VMX_SEGMENT_H

#include "core/vmx/vmcs_access.h"

/*
 * The selectors of struct virt_long_mode stand in this order, and fields of one kind do so 2 apart.
 * (Intel SDM Vol. 3D, "Field Encoding in VMCS")
 */
enum segment_number { NR_ES, NR_CS, NR_SS, NR_DS, NR_FS, NR_GS, NR_LDTR, NR_TR };

_Static_assert(VMCS_GUEST_ES_SELECTOR + 2 * NR_TR == VMCS_GUEST_TR_SELECTOR, "encoding");
_Static_assert(VMCS_GUEST_ES_LIMIT + 2 * NR_TR == VMCS_GUEST_TR_LIMIT, "encoding");
_Static_assert(VMCS_GUEST_ES_RIGHTS + 2 * NR_TR == VMCS_GUEST_TR_RIGHTS, "encoding");
_Static_assert(VMCS_GUEST_ES_BASE + 2 * NR_TR == VMCS_GUEST_TR_BASE, "encoding");

#define VMX_SEGMENT_FIELD(kind, first, nr) ((enum kind)((uint32_t)(first) + 2 * (uint32_t)(nr)))

/* Writes all of a segment register. */
static inline void vmx_set_segment(enum segment_number nr, uint16_t selector, uint64_t base,
                                   uint32_t limit, uint32_t rights)
{
    vmcs_write16(VMX_SEGMENT_FIELD(vmcs16, VMCS_GUEST_ES_SELECTOR, nr), selector);
    vmcs_write(VMX_SEGMENT_FIELD(vmcs_natural, VMCS_GUEST_ES_BASE, nr), base);
    vmcs_write32(VMX_SEGMENT_FIELD(vmcs32, VMCS_GUEST_ES_LIMIT, nr), limit);
    vmcs_write32(VMX_SEGMENT_FIELD(vmcs32, VMCS_GUEST_ES_RIGHTS, nr), rights);
}

#endif
