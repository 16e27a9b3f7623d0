/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload msr-sweep, and accesses that survive a #GP. */
#ifndef GUEST_MSR_SWEEP_CASES_H
#define GUEST_MSR_SWEEP_CASES_H

#include "lib/console.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/msr_access.h"
#include "lib/smp.h"
#include "lib/tap.h"

/* Return false on #GP. Any other exception fails the current line. */
bool msr_try_read(struct msr_access *access);
bool msr_try_write(struct msr_access *access);

const char *unfit_when_bare(void);

void case_unlisted(void);
void case_virt_msrs(void);
void case_apic_base(void);
void case_efer(void);

#endif
