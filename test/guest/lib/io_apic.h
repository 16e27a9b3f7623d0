/* SPDX-License-Identifier: GPL-2.0-only */
/* The redirection table of the first I/O APIC (Intel 82093AA), at its address on every PC. */
#ifndef GUEST_LIB_IO_APIC_H
#define GUEST_LIB_IO_APIC_H

#include <lapwing/types.h>

/* The low half of a redirection entry. Vector, modes and trigger are as in an ICR. */
#define IO_APIC_INIT       (UINT32_C(5) << 8)
#define IO_APIC_LOWEST     (UINT32_C(1) << 8)
#define IO_APIC_LOGICAL    BIT32(11)
#define IO_APIC_REMOTE_IRR BIT32(14) /* read-only: sent, and the EOI has not come yet */
#define IO_APIC_LEVEL      BIT32(15)
#define IO_APIC_MASKED     BIT32(16)

/* Returns the low half of the pin's entry. */
uint32_t io_apic_entry(unsigned pin);

/*
 * Masks the pin, writes its entry, and unmasks it if `low` says so. `dest`: APIC ID or logical ID.
 */
void io_apic_route(unsigned pin, uint32_t low, uint32_t dest);

/* Masks the pin and clears its remote IRR by a change to edge-triggered and back. */
void io_apic_mask(unsigned pin);

#endif
