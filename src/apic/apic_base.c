/* SPDX-License-Identifier: GPL-2.0-only */
/* The state machine of IA32_APIC_BASE; see apic_base.h. No state, no lock. */
#include "apic/apic_base.h"

#include "apic/apic_regs.h"

#define APIC_BASE_FLAGS (APIC_BASE_BSP | APIC_BASE_EXTD | APIC_BASE_EN)
#define BASE_LOWEST_BIT 12

_Static_assert(APIC_BASE_EXTD >> APIC_BASE_MODE_SHIFT == 1, "the lower bit of the mode");
_Static_assert(APIC_BASE_EN >> APIC_BASE_MODE_SHIFT == 2, "the upper bit of the mode");

/* Returns the mask of the page's address: bit 12 up to the width of a physical address. */
static uint64_t base_field(unsigned maxphyaddr)
{
    return maxphyaddr >= 64 ? GENMASK(63, BASE_LOWEST_BIT)
                            : (BIT(maxphyaddr) - 1) & ~(BIT(BASE_LOWEST_BIT) - 1);
}

/*
 * The arrows of the manual's figure, and the loop at each state. The only way out of x2APIC mode is
 * to "disabled", and the only way into it is from xAPIC mode.
 */
static bool transition_is_legal(enum apic_mode from, enum apic_mode to)
{
    switch (to) {
    case APIC_MODE_DISABLED:
        return true;
    case APIC_MODE_XAPIC:
        return from != APIC_MODE_X2APIC;
    case APIC_MODE_X2APIC:
        return from == APIC_MODE_XAPIC || from == APIC_MODE_X2APIC;
    case APIC_MODE_INVALID:
        break;
    }
    return false;
}

uint64_t apic_base_write(uint64_t old, uint64_t value, bool x2apic_supported, bool is_bsp,
                         unsigned maxphyaddr, enum apic_base_verdict *verdict)
{
    const uint64_t field = base_field(maxphyaddr);
    uint64_t reserved = ~(field | APIC_BASE_FLAGS);

    if (!x2apic_supported)
        reserved |= APIC_BASE_EXTD;

    *verdict = APIC_BASE_GP;
    if ((value & reserved) != 0)
        return old;
    if (!transition_is_legal(apic_base_mode(old), apic_base_mode(value)))
        return old;

    *verdict = APIC_BASE_GP_MOVED;
    if ((value & field) != APIC_BASE_PA)
        return old;

    *verdict = APIC_BASE_OK;
    return (value & ~APIC_BASE_BSP) | (is_bsp ? APIC_BASE_BSP : 0);
}
