/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of step of payload fuzz, by file. Each draws what it does from `r`. */
#ifndef GUEST_FUZZ_KINDS_H
#define GUEST_FUZZ_KINDS_H

#include "fuzz/random.h"
#include "fuzz/subject.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/smp.h"

/* msr.c */
void kind_msr(struct random *r);
/* access.c: one instruction on the LAPIC page, of any width, at any offset. */
void kind_access(struct random *r);
/* registers.c: the LAPIC's registers with values of any sort, in the present mode. */
void kind_register(struct random *r);
/* icr.c */
void kind_icr(struct random *r);
/* mode.c: IA32_APIC_BASE, and the LAPIC by either interface afterwards. */
void kind_mode(struct random *r);
/* alias.c: other translations to the LAPIC page. */
void kind_alias(struct random *r);
/* fetch.c: instructions that come from the LAPIC page, in whole or in part. */
void kind_fetch(struct random *r);
/* stale.c: code or data whose translation is out of date, or changed by other CPUs meanwhile. */
void kind_stale(struct random *r);
void kind_race(struct random *r);
/* control_regs.c: control and debug registers. */
void kind_cr(struct random *r);
void kind_dr(struct random *r);
/* ports.c */
void kind_port(struct random *r);
/* cpuid.c */
void kind_cpuid(struct random *r);
/* events.c: software interrupts; single steps; shadows of STI and MOV SS; HLT. */
void kind_interrupt(struct random *r);
void kind_step(struct random *r);
void kind_shadow(struct random *r);
void kind_halt(struct random *r);

#endif
