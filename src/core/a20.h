/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Port 92H: the fast A20 gate and the fast reset. The physical gate is open for good: a closed gate
 * would clear bit 20 of Lapwing's own addresses too. What the guest sets is remembered and shown.
 * core/i8042.h has the other gate. (IBM PS/2 Hardware Interface Technical Reference, "System
 * Control Port A")
 */
#ifndef CORE_A20_H
#define CORE_A20_H

#include "core/ports.h"

#define A20_PORT 0x92

port_read_fn a20_port_read;
port_write_fn a20_port_write;

#endif
