/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first I/O APIC (Intel 82093AA), at the address that every PC has it: its redirection table.
 */
#ifndef GUEST_IO_APIC_H
#define GUEST_IO_APIC_H

#include <lapwing/types.h>

/* Low half of a redirection entry; vector in bits 7:0, modes and trigger as in an ICR. */
#define IO_APIC_INIT       (UINT32_C(5) << 8)
#define IO_APIC_LOWEST     (UINT32_C(1) << 8)
#define IO_APIC_LOGICAL    BIT32(11)
#define IO_APIC_REMOTE_IRR BIT32(14) /* read-only: sent, and its EOI has not come yet */
#define IO_APIC_LEVEL      BIT32(15)
#define IO_APIC_MASKED     BIT32(16)

/* The low half of the entry of a pin. */
uint32_t io_apic_entry(unsigned pin);

/* Masks the pin, and unmasks it last if `low` says so. `dest`: an APIC ID, or a logical address. */
void io_apic_route(unsigned pin, uint32_t low, uint32_t dest);

/* Masked; its remote IRR is cleared, which a round trip by way of edge-triggered does. */
void io_apic_mask(unsigned pin);

#endif
