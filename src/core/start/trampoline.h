/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page below 1 MiB from which a CPU comes out of real mode (boot/trampoline.S): an application
 * processor by its SIPI, the boot CPU by the firmware's jump after a suspend. What was in the page
 * is kept meanwhile. Boot CPU only, one page at a time.
 */
#ifndef CORE_START_TRAMPOLINE_H
#define CORE_START_TRAMPOLINE_H

#include <lapwing/types.h>

#define TRAMPOLINE_DATA 0xF00 /* the offset in the page, in bytes; the code lies before it */

struct trampoline_data {
    uint64_t cr3, entry, stack, cpu, cr4;
};

struct vcpu;

/* Puts the trampoline at `page`, and takes it away again. */
void trampoline_place(hpa_t page);
void trampoline_remove(hpa_t page);

/* The next CPU to come calls entry(v), on the stack of `v`. One at a time. */
void trampoline_aim(hpa_t page, struct vcpu *v, void (*entry)(struct vcpu *v));

#endif
