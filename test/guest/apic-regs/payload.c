/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic-regs: each register of the local APIC, in both modes, against the manual (table.c). What can
 * be read and written, which bits stay, which are refused, what INIT leaves; accesses of every
 * width; and what the registers do: priorities, errors, timer, ExtINT.
 *
 * Cases run on the first CPU and on the last. ExtINT runs on the first, which the PICs are wired
 * to; INIT on the last; changes of mode on all. x2APIC mode repeats all that is not about the page.
 * Emulated LAPICs differ from the manual: models.c lists the differences, and the first line's
 * comments name those of this machine. Under apicv the manual holds.
 */
#include "apic-regs/cases.h"

const char payload_name[] = "apic-regs";

/* clang-format off */
#define IN_EACH_MODE(prefix, unfit) \
    {prefix "identity", case_identity, unfit}, \
    {prefix "software-disabled", case_software_disabled, unfit}, \
    {prefix "tpr", case_tpr, unfit}, \
    {prefix "in-service", case_in_service, unfit}, \
    {prefix "spurious", case_spurious, unfit}, \
    {prefix "nested", case_nested, unfit}, \
    {prefix "trigger-mode", case_trigger_mode, unfit}, \
    {prefix "errors", case_errors, unfit}, \
    {prefix "error-interrupt", case_error_interrupt, unfit}, \
    {prefix "remote-read", case_remote_read, unfit}, \
    {prefix "divider", case_divider, unfit}, \
    {prefix "one-shot", case_one_shot, unfit}, \
    {prefix "periodic", case_periodic, unfit}, \
    {prefix "spurious-timer", case_spurious_timer, unfit}, \
    {prefix "masked-timer", case_masked_timer, unfit}, \
    {prefix "deadline", case_deadline, unfit}, \
    {prefix "deadline-modes", case_deadline_modes, unfit}, \
    {prefix "extint", case_extint, unfit}, \
    {prefix "init", case_init, unfit}
/* clang-format on */

const struct payload_case payload_cases[] = {
    {"differences", case_differences, NULL},
    {"xapic-patterns", case_patterns, unfit_for_xapic},
    {"xapic-icr", case_icr, unfit_for_xapic},
    {"xapic-spurious-register", case_spurious_register, unfit_for_xapic},
    {"xapic-read-only", case_read_only, unfit_for_xapic},
    {"xapic-reserved", case_reserved, unfit_for_xapic},
    {"xapic-reads", case_reads, unfit_for_xapic},
    {"xapic-writes", case_writes, unfit_for_xapic},
    {"xapic-msrs", case_msrs_of_xapic, unfit_for_xapic},
    IN_EACH_MODE("xapic-", unfit_for_xapic),
    {"enter-x2apic", case_enter_x2apic, unfit_to_enter_x2apic},
    {"x2apic-reads", case_msr_reads, unfit_for_x2apic},
    {"x2apic-read-only", case_msr_read_only, unfit_for_x2apic},
    {"x2apic-reserved-bits", case_msr_reserved_bits, unfit_for_x2apic},
    {"x2apic-patterns", case_msr_patterns, unfit_for_x2apic},
    IN_EACH_MODE("x2apic-", unfit_for_x2apic),
    {"off-and-on", case_off_and_on, unfit_to_disable},
    {NULL, NULL, NULL},
};
