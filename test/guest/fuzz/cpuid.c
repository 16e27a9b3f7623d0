/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID of any leaf: what the guest must not have stays hidden, whatever came before. */
#include "fuzz/kinds.h"
#include "lib/console.h"
#include "lib/leaf.h"

#define ECX_VMX   BIT32(5)
#define ECX_SVM   BIT32(2) /* of leaf 80000001H */
#define LEAF_EXT1 0x80000001

static const uint32_t bases[] = {0,          0,          0x40000000, 0x40000100, 0x80000000,
                                 0x80000000, 0x20000000, 0xC0000000, 0x8FFFFFF0};

static void check_hidden(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (plan.bare)
        return;
    if (!leaf.base)
        format_text(progress.why, sizeof(progress.why), "Lapwing's leaf is gone");
    if ((cpuid(1, 0).ecx & ECX_VMX) || (cpuid(LEAF_EXT1, 0).ecx & ECX_SVM))
        format_text(progress.why, sizeof(progress.why), "CPUID shows VMX or SVM");
}

void kind_cpuid(struct random *r)
{
    for (unsigned i = random_below(r, 8); i > 0; i--) {
        uint32_t leaf = RANDOM_OF(r, bases) + random_below(r, 48);

        if (random_one_in(r, 8))
            leaf = (uint32_t)random_64(r);
        (void)cpuid(leaf, random_one_in(r, 4) ? (uint32_t)random_64(r) : random_below(r, 8));
    }
    check_hidden();
}
