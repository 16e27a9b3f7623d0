/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload hostile, by file. */
#ifndef GUEST_HOSTILE_CASES_H
#define GUEST_HOSTILE_CASES_H

#include "lib/control.h"
#include "lib/cpu_insn.h"
#include "lib/tap.h"

#define VENDOR_VMX 2 /* struct leaf_info */

/* stale.c: the translation of code is stale while its write to the LAPIC page is carried out. */
void case_stale_cpuid(void);
void case_stale_apic_base(void);
void case_stale_flags(void);
const char *unfit_bare_kvm(void);
void case_stale_int3(void);

/* messages.c: stores that are interrupt messages on the bus, and SMIs. */
void case_messages(void);
void case_smi(void);

/* rights.c: pages where nothing is stay so. */
void case_mtrr(void);
void case_mtrr_mask(void);
void case_mtrr_cut(void);

/* fetch.c: instructions from where no memory is, in whole or in part. */
void case_fetch(void);
void case_fetch_void(void);
void case_fetch_hidden(void);

/* faults.c: the frame of an injected fault, and accesses that must raise #GP. */
void case_resume_flag(void);
void case_int1(void);
void case_cr0(void);
void case_hidden(void);

/* cpuid.c: what no list shows is not there. */
void case_cpuid(void);
void case_cpuid_syscall(void);

#endif
