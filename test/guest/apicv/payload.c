/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apicv: fixed IPIs between CPUs. What they cost in exits under strategy apicv, and that each
 * arrives where, when and in the order that the architecture says; first in xAPIC mode, then in
 * x2APIC mode. The random cases run on any machine; the counts of exits only under apicv.
 */
#include "apicv/cases.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

const char payload_name[] = "apicv";

static void enter(void *arg)
{
    (void)arg;
    if (!this_cpu()->x2apic)
        lapic_enter_x2apic();
}

bool all_enter_x2apic(void)
{
    bool all = true;

    for (unsigned i = 1; i < cpu_count(); i++) {
        if (!on_cpu(i, enter, NULL))
            all = false;
    }
    enter(NULL);
    return all;
}

static const char *no_second_cpu(void)
{
    return cpu_count() > 1 ? NULL : "one CPU";
}

static const char *not_apicv(void)
{
    struct leaf_info leaf;

    if (no_second_cpu())
        return no_second_cpu();
    leaf_read(&leaf);
    if (!leaf.base)
        return "bare";
    return leaf_lapic_is_virtual() ? NULL : "no virtual LAPIC";
}

static const char *no_xapic(void)
{
    if (no_second_cpu())
        return no_second_cpu();
    return this_cpu()->x2apic ? "firmware left x2APIC mode on" : NULL;
}

static const char *no_x2apic(void)
{
    if (no_second_cpu())
        return no_second_cpu();
    return lapic_has_x2apic() ? NULL : "no x2APIC";
}

static void case_exits_x2apic(void)
{
    tap_check(all_enter_x2apic(), "a CPU did not enter x2APIC mode");
    case_exits();
}

static const char *not_apicv_x2apic(void)
{
    return not_apicv() ? not_apicv() : no_x2apic();
}

const struct payload_case payload_cases[] = {
    {"exits-xapic", case_exits, not_apicv},
    {"random-flat", case_random_flat, no_xapic},
    {"random-cluster", case_random_cluster, no_xapic},
    {"exits-x2apic", case_exits_x2apic, not_apicv_x2apic},
    {"random-x2apic", case_random_x2apic, no_x2apic},
    {NULL, NULL, NULL},
};
