/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Applies the image's own R_X86_64_RELATIVE relocations; a position-independent link leaves no
 * others. Boot CPU only, no state.
 */
#include "boot/relocate.h"

#include <lapwing/string.h>
#include "boot/asm_const.h"

struct rela {
    uint64_t offset, info;
    int64_t addend;
};

#define LINK_BASE UINT64_C(0x100000)

extern char image_start[], image_end[], boot_stack[];
extern const struct rela rela_start[], rela_end[];

uint64_t relocate_image_size(void)
{
    return (uint64_t)(image_end - image_start);
}

static hpa_t relocate_image_base(void)
{
    return (hpa_t)image_start;
}

uint64_t relocate_offset(void)
{
    return relocate_image_base() - LINK_BASE;
}

void relocate_apply(hpa_t base)
{
    uint64_t delta = base - LINK_BASE;

    for (const struct rela *r = rela_start; r < rela_end; r++)
        *(uint64_t *)(r->offset + delta) = (uint64_t)r->addend + delta;
}

void relocate_to(hpa_t base, void (*entry)(void))
{
    hpa_t from = relocate_image_base();

    memcpy((void *)base, image_start, relocate_image_size());
    relocate_apply(base);
    relocate_jump((void (*)(void))((hpa_t)entry - from + base),
                  (hpa_t)boot_stack + BOOT_STACK_SIZE - from + base);
}
