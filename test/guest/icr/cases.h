/* SPDX-License-Identifier: GPL-2.0-only */
/* The icr payload's cases, and what an IPI must reach. */
#ifndef GUEST_ICR_CASES_H
#define GUEST_ICR_CASES_H

#include "lib/clock.h"
#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/irq_count.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

/* How logical IDs are read in this mode; LOGICAL_NONE: not set up. */
enum logical { LOGICAL_NONE, LOGICAL_FLAT, LOGICAL_CLUSTER, LOGICAL_X2APIC };

/* Gives every CPU its logical ID and takes note of it. */
void set_logical(enum logical model);
uint32_t logical_id(unsigned index); /* as LDR has it, in xAPIC mode its 8 bits */

/* Would this ICR, written by CPU `sender`, address CPU `index`? By the manual's rules alone. */
bool is_addressed(uint32_t low, uint32_t dest, unsigned sender, unsigned index);

/* Sends from each CPU in turn, and checks who took it: all addressed once, or one if lowest. */
void check_ipi(uint32_t low, uint32_t dest);

const char *unfit_for_xapic(void);
const char *unfit_for_x2apic(void);

void case_physical(void);
void case_shorthands(void);
void case_flat(void);
void case_cluster(void);
void case_x2apic_cluster(void);
void case_mixed(void);
void case_enter_x2apic(void);
void case_nmi(void);
void case_vectors(void);
void case_burst(void);
void case_reserved_bits(void);
void case_read_back(void);
void case_reserved_mode(void);

#endif
