/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking the application processors under control, before the guest runs: at boot and after S3. */
#ifndef CORE_START_AP_H
#define CORE_START_AP_H

#include <lapwing/types.h>

struct vcpu;

/*
 * Sends an INIT to all other CPUs, those of no table too. The boot CPU may do other things while
 * they take it.
 */
void ap_init_others(void);

/*
 * Then starts every CPU of machine.cpus but the first, one after the other. The trampoline is in
 * place at `trampoline`. A CPU that does not answer is named in the log and leaves machine.cpus, so
 * that nobody can reach it.
 */
void ap_start_all(hpa_t trampoline);

/*
 * The part of a CPU's start that boot CPU and APs share. Ends the boot if the CPU lacks a feature.
 */
void cpu_take_over(struct vcpu *v);

#endif
