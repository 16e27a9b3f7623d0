/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of a CPU once the guest runs: enter, exit, dispatch. */
#ifndef CORE_EXIT_H
#define CORE_EXIT_H

struct vcpu;

_Noreturn void vcpu_loop(struct vcpu *v);

#endif
