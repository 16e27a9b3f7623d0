/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * icr: IPIs that are not INIT or SIPI. Each way to name a destination, from every CPU, must reach
 * exactly the CPUs that the manual says, each exactly once. First in the mode that firmware or
 * Lapwing left, then with half of the CPUs in each mode, then in x2APIC mode.
 *
 * Expected differences, all of emulators that run bare or whose LAPIC the guest has:
 *
 * - QEMU TCG and Bochs do not check reserved bits of the x2APIC ICR; under Lapwing they are #GP.
 *
 * - Reading the ICR in x2APIC mode gives 0 in the upper half (QEMU TCG) or an old value (Bochs).
 *
 * - Bochs takes lowest priority with a physical destination for nobody and the shorthand all-but-me
 *   for all, and FFH for a broadcast in x2APIC mode.
 */
#include "icr/cases.h"

const char payload_name[] = "icr";

/* clang-format off */
#define IN_EACH_MODE(prefix, unfit) \
    {prefix "physical", case_physical, unfit}, \
    {prefix "shorthands", case_shorthands, unfit}, \
    {prefix "vectors", case_vectors, unfit}, \
    {prefix "burst", case_burst, unfit}, \
    {prefix "nmi", case_nmi, unfit}, \
    {prefix "reserved-mode", case_reserved_mode, unfit}

const struct payload_case payload_cases[] = {
    IN_EACH_MODE("xapic-", unfit_for_xapic),
    {"xapic-flat", case_flat, unfit_for_xapic},
    {"xapic-cluster", case_cluster, unfit_for_xapic},
    {"mixed", case_mixed, NULL},
    {"x2apic-enter", case_enter_x2apic, NULL},
    IN_EACH_MODE("x2apic-", unfit_for_x2apic),
    {"x2apic-cluster", case_x2apic_cluster, unfit_for_x2apic},
    {"x2apic-reserved-bits", case_reserved_bits, unfit_for_x2apic},
    {"x2apic-read-back", case_read_back, unfit_for_x2apic},
    {NULL, NULL, NULL},
};
/* clang-format on */
