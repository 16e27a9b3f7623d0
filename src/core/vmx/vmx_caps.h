/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control words of the VMCS, from what Lapwing wants and what the CPU allows. Pure.
 *
 * The low half of a capability MSR has the bits that must be 1, and the high half the bits that may
 * be 1 (Intel SDM Vol. 3D, appendix "VMX Capability Reporting Facility", "VM-Execution Controls").
 * So the word is (wanted | must-be-1) & may-be-1.
 */
#ifndef CORE_VMX_VMX_CAPS_H
#define CORE_VMX_VMX_CAPS_H

#include <lapwing/types.h>

enum vmx_wish {
    VMX_NEEDED,   /* must be 1 */
    VMX_OPTIONAL, /* 1 if the CPU allows it */
    VMX_REFUSED,  /* must be 0, because Lapwing does not handle what it causes */
};

struct vmx_control {
    uint32_t bit;
    enum vmx_wish wish;
    const char *name; /* the manual's name */
};

/* The names of what is missing, with ", " in between. A text that is too long is cut off. */
struct vmx_missing {
    char text[256];
    size_t used;
};

/* Appends "name" or "name: why" to the list. */
void vmx_missing_add(struct vmx_missing *m, const char *name, const char *why);

/*
 * Returns the control word for a capability MSR. A control that cannot be as wished is added to *m.
 */
uint32_t vmx_negotiate(uint64_t capability, const struct vmx_control *controls, unsigned count,
                       struct vmx_missing *m);

#endif
