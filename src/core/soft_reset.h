/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reset of the CPUs alone: an INIT to all of them, by the chipset, the keyboard controller or a
 * CPU's shutdown. On a bare machine it would take the CPUs away from Lapwing, and the firmware
 * would continue the guest where the guest wants.
 */
#ifndef CORE_SOFT_RESET_H
#define CORE_SOFT_RESET_H

#include "core/ports.h"

#define RESET_CONTROL_PORT 0xCF9

/*
 * Does the reset to the virtual CPUs, if the shutdown code in CMOS RAM tells the firmware to go on
 * with the guest. With any other code the firmware begins anew and memory is lost, so the machine is
 * reset. `cause` is for the log.
 */
void soft_reset(struct vcpu *v, const char *cause);

/* An INIT has come to the boot CPU by itself: resets the machine where soft_reset() would. */
void soft_reset_by_init(struct vcpu *v);

/* Port CF9H, which can do both kinds of reset. */
port_write_fn reset_control_write;

#endif
