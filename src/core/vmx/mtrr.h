/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory types from the MTRRs. Pure: works on a copy of the registers. EPT entries carry memory
 * types themselves, because the MTRRs do not affect a guest's accesses under EPT.
 *
 * Source: Intel SDM Vol. 3A, "Memory Type Range Registers (MTRRs)", "MTRR Precedences".
 */
#ifndef CORE_VMX_MTRR_H
#define CORE_VMX_MTRR_H

#include <lapwing/types.h>
#include "core/memory/pt.h"

#define MTRR_VARIABLE_MAX 32
#define MTRR_FIXED_COUNT                                                                           \
    11 /* registers of eight ranges each: one of 64 KiB, two of 16, eight of 4 */

struct mtrr {
    uint64_t def_type; /* IA32_MTRR_DEF_TYPE */
    bool has_fixed;    /* IA32_MTRRCAP.FIX */
    unsigned variable_count;
    unsigned phys_bits;               /* MAXPHYADDR */
    uint64_t fixed[MTRR_FIXED_COUNT]; /* in the order of their addresses */
    struct {
        uint64_t base, mask; /* IA32_MTRR_PHYSBASEn, IA32_MTRR_PHYSMASKn */
    } variable[MTRR_VARIABLE_MAX];
};

/*
 * Returns the memory type at `pa`. *size becomes the size in bytes of the largest naturally aligned
 * block at pa that has this type throughout, as far as the registers tell without a look at each
 * page. The size is at least 4 KiB if pa is page-aligned.
 */
enum pt_memtype mtrr_type(const struct mtrr *m, hpa_t pa, uint64_t *size);

/* Are the MTRRs enabled? A system disables them while it reprograms them. */
bool mtrr_enabled(const struct mtrr *m);

#endif
