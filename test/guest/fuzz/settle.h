/* SPDX-License-Identifier: GPL-2.0-only */
/* The state in which each step begins. */
#ifndef GUEST_FUZZ_SETTLE_H
#define GUEST_FUZZ_SETTLE_H

/* Notes the APIC mode, which is that of all steps. Handlers are as for steps then. */
void settle_init(void);

/* On the subject, before its first step. */
void settle_begin(void);

/*
 * Brings back the state in which a step begins, and sees whether the LAPIC keeps what it is given.
 * Writes progress.why if it does not.
 */
void settle(void);

/* The subject may have changed the APIC mode: tells lib/lapic.h. */
void settle_mode(void);

/* Takes #DB as a trap for `count` more instructions; the step sets TF itself. */
void settle_single_steps(unsigned count);

#endif
