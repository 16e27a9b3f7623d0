/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking the application processors under control, before the guest exists. */
#ifndef CORE_START_AP_H
#define CORE_START_AP_H

#include <lapwing/types.h>

struct vcpu;

/*
 * Starts every CPU of machine.cpus but the first, one after the other, through a page at
 * `trampoline` below 1 MiB, whose contents are put back. A CPU that does not come is named in the
 * log and taken out of machine.cpus: nobody can reach it.
 */
void ap_start_all(hpa_t trampoline);

/*
 * The part of a CPU's start that boot CPU and APs share; refuses the boot if the CPU cannot do it.
 */
void cpu_take_over(struct vcpu *v);

#endif
