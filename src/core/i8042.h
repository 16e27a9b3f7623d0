/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyboard controller, whose output port has the A20 gate and the reset line. The gate stays
 * open, and a reset becomes soft_reset(). All else is the hardware's. (IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller")
 */
#ifndef CORE_I8042_H
#define CORE_I8042_H

#include "core/ports.h"

#define I8042_DATA    0x60
#define I8042_COMMAND 0x64

port_read_fn i8042_read;
port_write_fn i8042_write;

#endif
