/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic-base: IA32_APIC_BASE's state machine ("Local x2APIC State Transitions"). What each machine
 * is held to:
 *
 *                      xapic_ept   x2apic_msr, apicv   locked x2apic_msr   bare
 * start                xAPIC       as left             x2APIC              as left
 * xAPIC -> x2APIC      #GP         allowed             -                   allowed
 * x2APIC -> xAPIC      -           #GP                 #GP                 #GP
 * off -> x2APIC        #GP         #GP                 -                   #GP
 * to off               allowed     allowed             #GP                 allowed
 * off -> xAPIC         allowed     allowed             -                   allowed
 * EXTD without EN      #GP         #GP                 #GP                 #GP
 * reserved, other base #GP         #GP                 #GP                 not looked at
 *
 * Expected differences of bare machines: QEMU TCG checks neither reserved bits nor the address, and
 * shows a LAPIC that is off. Bochs resets nothing when a LAPIC is disabled: bare, all cases that
 * disable it are left to QEMU. Its INIT goes back to xAPIC mode, and its LAPIC takes IPIs when
 * software has disabled it, which is how Lapwing keeps one that the guest has switched off.
 */
#include "apic-base/cases.h"

const char payload_name[] = "apic-base";

const struct payload_case payload_cases[] = {
    {"start", case_start, NULL},
    {"bad-values", case_bad_values, NULL},
    {"x2apic-hidden", case_hidden, NULL},
    {"locked", case_locked, unfit_unless_locked},
    {"locked-page", case_locked_page, unfit_unless_locked},
    {"transitions", case_transitions, unfit_to_leave},
    {"registers", case_registers_by_mode, unfit_to_leave},
    {"off-and-on", case_off_and_on, unfit_to_leave},
    {"one-by-one", case_one_by_one, unfit_for_x2apic},
    {"init-keeps-mode", case_init_keeps_mode, unfit_for_x2apic},
    {"back-to-xapic", case_back_to_xapic, unfit_to_leave},
    {"vector-30", case_vector_30, unfit_for_odd},
    {"focus", case_focus, unfit_for_checks},
    {"bad-values-at-the-end", case_bad_values, NULL},
    {NULL, NULL, NULL},
};
