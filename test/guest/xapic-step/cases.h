/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cases of payload xapic-step. The register that they write is the timer's initial count, which
 * keeps all 32 bits.
 */
#ifndef GUEST_XAPIC_STEP_CASES_H
#define GUEST_XAPIC_STEP_CASES_H

#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"
#include "lib/trap.h"
#include "lib/window.h"

#define COUNT_REG (LAPIC_BASE + LAPIC_TIMER_INITIAL)

static inline uint32_t get_count(void)
{
    return *(volatile uint32_t *)(uintptr_t)COUNT_REG;
}

/* Writes by the plainest instruction. The cases use other instructions. */
static inline void set_count(uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)COUNT_REG = value;
}

/* Is a plain write still one write, after something undefined? */
bool lapic_still_works(void);

void case_mov(void);
void case_mov_addresses(void);
void case_rmw(void);
void case_strings(void);
void case_push(void);
void case_odd_sizes(void);

void case_compat_mode(void);
void case_16bit_code(void);
void case_no_paging(void);
void case_pse_paging(void);
void case_pae_paging(void);
void case_alias(void);
void case_split_instruction(void);

void case_sti_shadow(void);
void case_mov_ss(void);
void case_trap_flag(void);
void case_watch_lapic(void);
void case_watch_source(void);
void case_break_on_store(void);
void case_debug_registers_kept(void);
void case_flags_kept(void);

void case_source_fault(void);
void case_source_fault_repeated(void);
void case_push_source_fault(void);
void case_pop_stack_fault(void);
void case_crossing_fault(void);
void case_read_only_alias(void);
void case_general_protection(void);
void case_locked_mov(void);

void case_timer_storm(void);
void case_self_ipi(void);
void case_nmi_storm(void);
void case_all_at_once(void);

#endif
