/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device-irq: interrupts of real devices through the I/O APIC, the PICs and MSI. As many must come
 * as were raised, where and when the architecture says; first in xAPIC mode, then in x2APIC mode.
 *
 * Expected differences:
 *
 * - restart: on a bare machine remote IRR stays after INIT until software clears it; restart.c.
 *
 * - apicv, nested: an interrupt that a level-triggered one holds back waits in the physical LAPIC,
 *   so the guest's IRR does not show it. The interrupt comes at the same moment.
 *
 * - Bochs' LAPIC delivers while software has disabled it, and Lapwing relies on that to keep a
 *   LAPIC that the guest has disabled. A guest with Bochs' LAPIC skips software-off and
 *   switched-off.
 *
 * - switched-off is skipped bare: QEMU TCG shows a disabled LAPIC, and other machines differ.
 *
 * - msi is skipped where no HPET can send one: on all machines in their default configuration.
 */
#include "device-irq/cases.h"

const char payload_name[] = "device-irq";

const char *unfit_for_two(void)
{
    return cpu_count() > 1 ? NULL : "one CPU";
}

static bool start_was_x2apic;
static bool looked;

/* The mode that firmware left, asked before anything changes it. */
const char *unfit_for_xapic(void)
{
    if (!looked)
        start_was_x2apic = this_cpu()->x2apic;
    looked = true;
    return start_was_x2apic ? "firmware left x2APIC mode on" : NULL;
}

const char *unfit_for_x2apic(void)
{
    return lapic_has_x2apic() ? NULL : "no x2APIC";
}

#define BOTH_UNFIT(mode, what)                                                                     \
    static const char *mode##_##what(void)                                                         \
    {                                                                                              \
        return unfit_for_##mode() ? unfit_for_##mode() : unfit_for_##what();                       \
    }
BOTH_UNFIT(xapic, two)
BOTH_UNFIT(xapic, software_off)
BOTH_UNFIT(xapic, switching_off)
BOTH_UNFIT(xapic, cost)
BOTH_UNFIT(xapic, msi)
BOTH_UNFIT(x2apic, two)
BOTH_UNFIT(x2apic, software_off)
BOTH_UNFIT(x2apic, switching_off)
BOTH_UNFIT(x2apic, cost)
BOTH_UNFIT(x2apic, msi)

/* clang-format off */
#define IN_EACH_MODE(prefix, mode) \
    {prefix "level", case_level, unfit_for_##mode}, \
    {prefix "again", case_again, unfit_for_##mode}, \
    {prefix "nested", case_nested, unfit_for_##mode}, \
    {prefix "both", case_both, unfit_for_##mode}, \
    {prefix "spurious", case_spurious, unfit_for_##mode}, \
    {prefix "edge", case_edge, unfit_for_##mode}, \
    {prefix "load", case_edge_load, mode##_two}, \
    {prefix "window", case_edge_window, unfit_for_##mode}, \
    {prefix "halted", case_halted, mode##_two}, \
    {prefix "software-off", case_software_off, mode##_software_off}, \
    {prefix "switched-off", case_switched_off, mode##_switching_off}, \
    {prefix "restart", case_restart, mode##_two}, \
    {prefix "priority", case_priority, unfit_for_##mode}, \
    {prefix "logical", case_lowest, unfit_for_##mode}, \
    {prefix "extint", case_extint, unfit_for_##mode}, \
    {prefix "msi", case_msi, mode##_msi}, \
    {prefix "cost", case_cost, mode##_cost}
/* clang-format on */

const struct payload_case payload_cases[] = {
    IN_EACH_MODE("", xapic),
    {"x2apic-enter", case_enter_x2apic, unfit_for_x2apic},
    IN_EACH_MODE("x2apic-", x2apic),
    {NULL, NULL, NULL},
};
