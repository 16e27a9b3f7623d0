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

#define MTRR_END BIT(52)

/*
 * Returns the memory type at `pa`, which is below MTRR_END. *size becomes the size in bytes of a
 * stretch from pa on that has this type throughout; the next one may have the same type. A range
 * whose mask has holes counts as uncached from its lowest to its highest address.
 */
enum pt_memtype mtrr_type(const struct mtrr *m, hpa_t pa, uint64_t *size);

/* Are the MTRRs enabled? A system disables them while it reprograms them. */
bool mtrr_enabled(const struct mtrr *m);

#endif
