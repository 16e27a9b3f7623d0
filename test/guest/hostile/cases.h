/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload hostile, by file. */
#ifndef GUEST_HOSTILE_CASES_H
#define GUEST_HOSTILE_CASES_H

#include "lib/cpu_insn.h"
#include "lib/tap.h"

/* payload.c: Lapwing is there, as a guest can know. */
bool under_lapwing(void);
/* Each CPU answers, and finds Lapwing's leaf if the boot CPU does. */
void check_control(void);

/* stale.c: code whose translation is stale while its write to the LAPIC page is carried out. */
void case_stale_cpuid(void);
void case_stale_apic_base(void);
void case_stale_flags(void);
void case_stale_int3(void);

/* messages.c: stores that are interrupt messages on the bus, and SMIs. */
void case_messages(void);
void case_smi(void);

/* rights.c: pages that are nobody's stay so. */
void case_mtrr(void);
void case_mtrr_mask(void);

/* faults.c: what an injected fault looks like, and what is #GP. */
void case_resume_flag(void);
void case_hidden(void);

#endif
