/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Choosing control words of the VMCS from what Lapwing wants and what the CPU allows. Pure.
 *
 * A capability MSR holds in its low half the bits that must be 1 and in its high half those that
 * may be 1 (Intel SDM Vol. 3, "VM-Execution Controls" under "VMX Capability Reporting Facility"),
 * so that the word is (wanted | must-be-1) & may-be-1.
 */
#ifndef CORE_VMX_VMX_CAPS_H
#define CORE_VMX_VMX_CAPS_H

#include <lapwing/types.h>

enum vmx_wish {
    VMX_NEEDED,   /* has to be 1 */
    VMX_OPTIONAL, /* 1 where the CPU allows it */
    VMX_REFUSED,  /* has to be 0: what it does would have to be handled, and is not */
};

struct vmx_control {
    uint32_t bit;
    enum vmx_wish wish;
    const char *name; /* the manual's */
};

/* Names of what is missing, ", " in between; cut off when it is full. */
struct vmx_missing {
    char text[256];
    size_t used;
};

/* Appends "name" or "name: why" to the list. */
void vmx_missing_add(struct vmx_missing *m, const char *name, const char *why);

/* The control word. What cannot be had as wished is added to *m. */
uint32_t vmx_negotiate(uint64_t capability, const struct vmx_control *controls, unsigned count,
                       struct vmx_missing *m);

#endif
