/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload icr, and the rules for who an IPI must reach. */
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

/* The model of logical IDs; LOGICAL_NONE: not set up. */
enum logical { LOGICAL_NONE, LOGICAL_FLAT, LOGICAL_CLUSTER, LOGICAL_X2APIC };

/* Gives every CPU its logical ID and remembers it. */
void set_logical(enum logical model);
uint32_t logical_id(unsigned index); /* as in LDR; in xAPIC mode its 8 bits */

/* Would this ICR, written by CPU `sender`, address CPU `index`? Uses only the manual's rules. */
bool is_addressed(uint32_t low, uint32_t dest, unsigned sender, unsigned index);

/* Sends from each CPU in turn. Each addressed CPU must take it once; if lowest, only one does. */
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
