/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host descriptor tables. Host code runs with interrupts off. What can still come
 * are exceptions (a fault-safe access, or a bug), NMIs (kicks and the guest's), #SX (a physical
 * INIT on AMD) and, only while a LAPIC is drained, interrupts.
 */
#ifndef CORE_HOST_IDT_H
#define CORE_HOST_IDT_H

#include <lapwing/types.h>

/* Fills the tables. The boot CPU calls it once, after relocation. */
void idt_init(void);

/* Loads GDT and IDT on this CPU. */
void idt_load(void);

/* Return the tables' addresses, for the vendor's host state. */
hpa_t idt_base(void);
hpa_t gdt_base(void);

/* Lets one pending physical interrupt in. Returns true if one came: the caller writes its EOI. */
bool idt_drain_interrupt(void);

#endif
