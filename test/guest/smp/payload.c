/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smp: every way to start, stop and interrupt the other CPUs, first in the mode that firmware left
 * (xAPIC), then in x2APIC mode if the CPU has it. Both modes run the same cases.
 *
 * Expected differences, all but one of bare machines, none of Lapwing:
 *
 * - QEMU TCG, init-wins: skipped; INIT, SIPI, INIT are merged to INIT, SIPI.
 *
 * - QEMU TCG, nmi-parked: skipped; an NMI starts a CPU that waits for SIPI at the reset vector.
 *
 * - Bochs, reset-registers: EDX and CR2 are not tested; INIT clears EDX and keeps CR2.
 *
 * - KVM on AMD (the word `kvm` on the command line), reset-registers: CR4.MCE is not tested; KVM sets
 *   the host's in each VMCB. This one shows under Lapwing as well.
 *
 * - KVM on AMD, nmi-shadow: TF is not tested; KVM waits with it for the end of an NMI's shadow, and
 *   PUSHF shows it.
 *
 * - Bochs, logical x2APIC forms: not tried; INIT takes Bochs' CPU out of x2APIC mode.
 *
 * - INIT to CPU 0 is not tried: it restarts the firmware, as on any machine.
 */
#include "smp/cases.h"

const char payload_name[] = "smp";

/* clang-format off */
#define IN_EACH_MODE(prefix, unfit) \
    {prefix "apic-ids", case_apic_ids, unfit}, \
    {prefix "restart-each", case_restart_each, unfit}, \
    {prefix "restart-together", case_restart_together, unfit}, \
    {prefix "started-by-ap", case_started_by_ap, unfit}, \
    {prefix "init-forms", case_init_forms, unfit}, \
    {prefix "sipi-forms", case_sipi_forms, unfit}, \
    {prefix "logical-sipi-after-init", case_logical_sipi_after_init, unfit}, \
    {prefix "sipi-vectors", case_vectors, unfit}, \
    {prefix "init-collapses", case_init_collapses, unfit}, \
    {prefix "sipi-ignored", case_sipi_ignored, unfit}, \
    {prefix "back-to-back", case_back_to_back, unfit}, \
    {prefix "init-wins", case_init_wins, unfit}, \
    {prefix "init-deassert", case_deassert, unfit}, \
    {prefix "nobody", case_nobody, unfit}, \
    {prefix "self", case_self, unfit}, \
    {prefix "nmi", case_nmi, unfit}, \
    {prefix "nmi-halted", case_nmi_halted, unfit}, \
    {prefix "nmi-parked", case_nmi_parked, unfit}, \
    {prefix "nmi-shadow", case_nmi_shadow, unfit}, \
    {prefix "nmi-then-init", case_nmi_then_init, unfit}, \
    {prefix "reset-lapic", case_reset_lapic, unfit}, \
    {prefix "reset-registers", case_reset_registers, unfit}
/* clang-format on */

const struct payload_case payload_cases[] = {
    {"all-started", case_all_started, NULL},
    {"leaf", case_leaf, NULL},
    IN_EACH_MODE("", NULL),
    {"io-apic-init", case_io_apic_init, unfit_for_io_apic_init},
    {"x2apic-enter", case_enter_x2apic, NULL},
    IN_EACH_MODE("x2apic-", unfit_for_x2apic),
    {"leaf-at-the-end", case_leaf, NULL},
    {NULL, NULL, NULL},
};
