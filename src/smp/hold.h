/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding the other CPUs in the host, so that no guest code runs beside the caller: for a moment in
 * which the machine may lose its CPUs. One CPU at a time may hold the others.
 */
#ifndef SMP_HOLD_H
#define SMP_HOLD_H

#include "core/vcpu.h"

/*
 * Stops every CPU but that of `v` between two instructions of its guest, with its caches written
 * back. Returns false if one did not stop in time. The caller releases them in either case.
 */
bool smp_hold_others(struct vcpu *v);

/* Lets the others go on as if nothing had been. */
void smp_release_others(struct vcpu *v);

/* Obeys MAILBOX_HOLD on the CPU that was asked. Returns when it is released. */
void smp_stay_held(struct vcpu *v);

#endif
