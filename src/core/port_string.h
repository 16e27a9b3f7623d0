/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS at trapped ports. Lapwing carries out one iteration an exit: it checks segment and
 * page as the CPU does, does the access to the port, and moves the registers. With REP and more to
 * do RIP stays, so that interrupts come between two iterations.
 */
#ifndef CORE_PORT_STRING_H
#define CORE_PORT_STRING_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* Handles an exit for INS or OUTS. */
enum exit_result port_string_handle(struct vcpu *v, const struct vm_exit *x);

#endif
