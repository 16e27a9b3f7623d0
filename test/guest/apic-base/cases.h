/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload apic-base, and the mode changes that they share. */
#ifndef GUEST_APIC_BASE_CASES_H
#define GUEST_APIC_BASE_CASES_H

#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/irq_count.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

enum mode { MODE_OFF, MODE_XAPIC, MODE_X2APIC };

/* The rules that the machine holds the guest to. */
enum rules {
    RULES_FULL,   /* x2apic_msr, apicv */
    RULES_HIDDEN, /* xapic_ept: there is no x2APIC mode */
    RULES_LOCKED, /* x2apic_msr without the fallback: there is no other mode */
    RULES_TCG,    /* bare QEMU TCG: all transitions, no check of reserved bits or the address */
    RULES_BARE,   /* another bare machine: Bochs resets nothing when a LAPIC is disabled */
};

enum rules rules(void);
const char *unfit_to_leave(void); /* cases that disable the LAPIC */
const char *unfit_for_x2apic(void);
const char *unfit_unless_locked(void);
const char *unfit_for_checks(void); /* reserved bits and the address */

/* Do unknown MSRs fault? Bochs' AMD models have no x2APIC mode, and read such MSRs as 0. */
bool unknown_msrs_fault(void);

const char *mode_name(enum mode mode);
enum mode mode_now(void); /* of the calling CPU, as IA32_APIC_BASE says */
uint64_t mode_bits(enum mode mode);

/* Writes IA32_APIC_BASE. Returns false on #GP. The library's view of the mode follows. */
bool try_base(uint64_t value);

/* Brings the calling CPU to a mode by legal steps, and enables its LAPIC there. */
void go_to(enum mode mode);
/* The same on another CPU. */
void send_to_mode(unsigned index, enum mode mode);

/* Sends an IPI from each CPU to each other one, and checks that every one arrives exactly once. */
void check_all_pairs(const char *when);

void case_start(void);
void case_bad_values(void);
void case_hidden(void);
void case_transitions(void);
void case_registers_by_mode(void);
void case_off_and_on(void);
void case_one_by_one(void);
void case_init_keeps_mode(void);
void case_back_to_xapic(void);
void case_vector_30(void);
void case_focus(void);
const char *unfit_for_odd(void);
void case_locked(void);
void case_locked_page(void);

#endif
