/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xapic-step: every odd way to write the LAPIC page, which xapic_ept sees as a fault and steps over
 * or decodes. The cases are the same for all methods and bare. What the manuals leave undefined
 * (accesses that are not 32 bits wide and aligned to 16 bytes) must do no harm; its result is not
 * tested.
 *
 * Expected difference: Bochs cannot run it bare; an access that is not aligned ends the emulation.
 */
#include "xapic-step/cases.h"

const char payload_name[] = "xapic-step";

const char *payload_unfit(void)
{
    return this_cpu()->x2apic ? "handed over in x2APIC mode, where there is no page" : NULL;
}

bool lapic_still_works(void)
{
    bool ok = true;

    for (uint32_t value = 0x13579BDF; value; value <<= 4) {
        set_count(value);
        ok = ok && get_count() == value;
    }
    return ok;
}

const struct payload_case payload_cases[] = {
    {"mov", case_mov, NULL},
    {"mov-addresses", case_mov_addresses, NULL},
    {"read-modify-write", case_rmw, NULL},
    {"strings", case_strings, NULL},
    {"push", case_push, NULL},
    {"odd-sizes", case_odd_sizes, NULL},
    {"compat-mode", case_compat_mode, NULL},
    {"16-bit-code", case_16bit_code, NULL},
    {"no-paging", case_no_paging, NULL},
    {"pse-paging", case_pse_paging, NULL},
    {"pae-paging", case_pae_paging, NULL},
    {"alias", case_alias, NULL},
    {"split-instruction", case_split_instruction, NULL},
    {"sti-shadow", case_sti_shadow, NULL},
    {"mov-ss", case_mov_ss, NULL},
    {"trap-flag", case_trap_flag, NULL},
    {"watch-lapic", case_watch_lapic, NULL},
    {"watch-source", case_watch_source, NULL},
    {"break-on-store", case_break_on_store, NULL},
    {"debug-registers-kept", case_debug_registers_kept, NULL},
    {"flags-kept", case_flags_kept, NULL},
    {"source-fault", case_source_fault, NULL},
    {"source-fault-repeated", case_source_fault_repeated, NULL},
    {"push-source-fault", case_push_source_fault, NULL},
    {"pop-stack-fault", case_pop_stack_fault, NULL},
    {"crossing-fault", case_crossing_fault, NULL},
    {"read-only-alias", case_read_only_alias, NULL},
    {"general-protection", case_general_protection, NULL},
    {"locked-mov", case_locked_mov, NULL},
    {"timer-storm", case_timer_storm, NULL},
    {"self-ipi", case_self_ipi, NULL},
    {"nmi-storm", case_nmi_storm, NULL},
    {"all-at-once", case_all_at_once, NULL},
    {NULL, NULL, NULL},
};
