/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an application processor finds in the copy of the trampoline page (boot/trampoline.S). The
 * boot CPU writes it before the SIPI, for one AP at a time.
 */
#ifndef CORE_START_TRAMPOLINE_H
#define CORE_START_TRAMPOLINE_H

#include <lapwing/types.h>

#define TRAMPOLINE_DATA 0xF00 /* the offset in the page, in bytes; the code lies before it */

struct trampoline_data {
    uint64_t cr3, entry, stack, cpu, cr4;
};

#endif
