/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS at trapped ports. The hardware executes the instruction, one iteration a step, but
 * at a port of no meaning: so all checks, faults and registers are the hardware's. Then Lapwing
 * does the access to the port that was meant, with the operand in the guest's memory. Lapwing never
 * opens a trapped port, because what runs in a step may not be the instruction that exited.
 */
#ifndef CORE_PORT_STRING_H
#define CORE_PORT_STRING_H

#include <lapwing/types.h>
#include "core/vm_exit.h"

struct vcpu;

/* The instruction that is stepped. Its own CPU only. */
struct port_string {
    uint16_t port;
    uint8_t width;
    bool in;
    uint64_t linear; /* the operand's address */
    uint64_t rdx;    /* the guest's, while the register holds the other port */
    uint64_t index;  /* rSI or rDI before the step */
};

/* Handles an exit for INS or OUTS. */
enum exit_result port_string_handle(struct vcpu *v, const struct vm_exit *x);

#endif
