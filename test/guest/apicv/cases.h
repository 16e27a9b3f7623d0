/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload apicv, by file. */
#ifndef GUEST_APICV_CASES_H
#define GUEST_APICV_CASES_H

#include <stdbool.h>

/* exits.c: what a fixed IPI, EOI, TPR and self-IPI cost, in the mode that the CPUs are in. */
void case_exits(void);

/* random.c: random IPIs against a model, by kind of logical destination. */
void case_random_flat(void);
void case_random_cluster(void);
void case_random_x2apic(void);

/* payload.c: brings all CPUs to x2APIC mode. Returns false if one could not. */
bool all_enter_x2apic(void);

#endif
