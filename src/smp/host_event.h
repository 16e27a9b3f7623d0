/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that reach a CPU while it runs the host: NMIs (kicks, and the guest's own), and INIT where
 * the vendor turns it into an exception. The IDT calls these functions through struct
 * host_handlers. Each takes the RIP at which the event came, and returns the RIP at which to go on.
 */
#ifndef SMP_HOST_EVENT_H
#define SMP_HOST_EVENT_H

#include <lapwing/types.h>

uint64_t smp_host_nmi(uint64_t rip);
uint64_t smp_host_init(uint64_t rip);

#endif
