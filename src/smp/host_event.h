/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes to a CPU while it runs the host: NMIs (kicks and the guest's), and an INIT where the
 * vendor turns it into an exception. For struct host_handlers: each takes the address where the
 * event came in, and returns the one where to go on.
 */
#ifndef SMP_HOST_EVENT_H
#define SMP_HOST_EVENT_H

#include <lapwing/types.h>

uint64_t smp_host_nmi(uint64_t rip);
uint64_t smp_host_init(uint64_t rip);

#endif
