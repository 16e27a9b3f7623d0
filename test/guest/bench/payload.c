/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench: what one operation costs, in ticks of the TSC. On Bochs with one CPU a tick is one instruction, and two
 * runs give the same ticks. `lapwing bench` compares the same operations bare and under each
 * strategy. Nothing is judged here but that each operation is carried out.
 */
#include "bench/measure.h"

#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/smp.h"
#include "lib/tap.h"

const char payload_name[] = "bench";

static const char *unfit_for_xapic(void)
{
    return this_cpu()->x2apic ? "handed over in x2APIC mode" : NULL;
}

static const char *unfit_for_x2apic(void)
{
    return lapic_has_x2apic() ? NULL : "no x2APIC mode";
}

static void enter(void *arg)
{
    (void)arg;
    if (!this_cpu()->x2apic)
        lapic_enter_x2apic();
    lapic_enable();
}

static void case_enter_x2apic(void)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, enter, NULL), "CPU %u does not answer", i);
}

const struct payload_case payload_cases[] = {
    {"instructions", case_instructions, NULL},
    {"xapic-registers", case_lapic, unfit_for_xapic},
    {"xapic-ipis", case_ipis, unfit_for_xapic},
    {"enter-x2apic", case_enter_x2apic, unfit_for_x2apic},
    {"x2apic-registers", case_lapic, unfit_for_x2apic},
    {"x2apic-ipis", case_ipis, unfit_for_x2apic},
    {NULL, NULL, NULL},
};
