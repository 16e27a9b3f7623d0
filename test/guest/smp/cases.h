/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cases of payload smp, and what they share. Each acts on every AP, and skips itself if there
 * is none.
 */
#ifndef GUEST_SMP_CASES_H
#define GUEST_SMP_CASES_H

#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

/* Long enough to see something unwanted, short enough to wait often. */
#define QUIET_US 5000

/* Marks the case as skipped and returns false if there is no AP. */
bool have_aps(void);

/* Makes the CPU count beats until an INIT or stop_beating(). Returns false if it does not. */
bool start_beating(unsigned index);
/* Tells all CPUs to stop, and waits for this one. */
bool stop_beating(unsigned index);
/* Watches the CPU for QUIET_US. */
bool is_beating(unsigned index);
/* Has the CPU stopped that was beating? Waits a moment for it to stop. */
bool has_stopped(unsigned index);

void boot_counts(unsigned counts[MAX_CPUS]);
/* Have all APs booted `more` times since `before` was taken, and do they answer? */
bool booted_since(const unsigned before[MAX_CPUS], unsigned more);

/* Gives a CPU a logical ID of its own in xAPIC mode. In x2APIC mode each CPU has one. */
enum logical_model { LOGICAL_FLAT, LOGICAL_CLUSTER, LOGICAL_X2APIC };
void set_logical_id(unsigned index, enum logical_model model);
uint32_t logical_dest(unsigned index, enum logical_model model);

/* Returns an APIC ID that no CPU has. */
uint32_t unused_apic_id(void);

const char *unfit_for_x2apic(void);

void case_all_started(void);
void case_leaf(void);
void case_apic_ids(void);
void case_restart_each(void);
void case_restart_together(void);
void case_started_by_ap(void);
void case_init_forms(void);
void case_sipi_forms(void);
void case_logical_sipi_after_init(void);
void case_vectors(void);
void case_init_collapses(void);
void case_sipi_ignored(void);
void case_back_to_back(void);
void case_init_wins(void);
void case_deassert(void);
void case_nobody(void);
void case_self(void);
void case_nmi(void);
void case_nmi_halted(void);
void case_nmi_shadow(void);
void case_nmi_then_init(void);
void case_nmi_parked(void);
const char *unfit_for_io_apic_init(void);
void case_io_apic_init(void);
void case_reset_lapic(void);
void case_reset_registers(void);
void case_enter_x2apic(void);

#endif
