/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU as a firmware leaves it in 64-bit mode, for the tests of both vendors. */
#ifndef UNIT_CORE_LONG_MODE_H
#define UNIT_CORE_LONG_MODE_H

#include "core/virt.h"

/* Null, data, 64-bit code with a base that nobody looks at, a TSS above 4 GiB. */
static const uint64_t gdt[] = {0, UINT64_C(0x00CF93000000FFFF), UINT64_C(0x12A09B345678FFFF),
                               UINT64_C(0x9A008B8765430067), 0x1};

static inline struct virt_long_mode long_mode(uint64_t cr0, uint64_t cr4)
{
    return (struct virt_long_mode){
        .rip = 0x1234,
        .rsp = 0x8000,
        .rflags = 0x202,
        .cr0 = cr0,
        .cr3 = 0x5000,
        .cr4 = cr4,
        .efer = 0xD00,
        .fs_base = 0x77,
        .gs_base = 0x88,
        .gdtr = {.limit = sizeof(gdt) - 1, .base = (uint64_t)gdt},
        .idtr = {.limit = 0xFFF, .base = 0x6000},
        .cs = 16,
        .ss = 8,
        .ds = 8,
        .es = 11,
        .gs = 8,
        .tr = 24,
    };
}

#endif
