/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a CPU once the guest runs: entry, exit, dispatch. */
#ifndef CORE_EXIT_H
#define CORE_EXIT_H

struct vcpu;

/* Runs the guest on this CPU for ever, after the CPU was taken over (core/start/ap.h). */
_Noreturn void vcpu_loop(struct vcpu *v);

#endif
