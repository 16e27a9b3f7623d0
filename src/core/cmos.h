/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMOS RAM at ports 70H to 77H. Some bytes are the guest's own: it reads what it wrote there, and
 * the hardware's stay as they are. One is the shutdown code, by which a firmware may go on with the
 * guest after a reset. The hardware's is always 0, so whatever resets a CPU without Lapwing, the
 * firmware begins anew. (IBM Personal Computer AT Technical Reference, "CMOS RAM Address Map")
 */
#ifndef CORE_CMOS_H
#define CORE_CMOS_H

#include "core/ports.h"

#define CMOS_INDEX    0x70 /* with CMOS_DATA; three more such pairs follow */
#define CMOS_DATA     0x71
#define CMOS_LAST     0x77
#define CMOS_SHUTDOWN 0x0F

/* Finds the pairs that reach the RAM and clears the shutdown code. Boot CPU, before guests run. */
void cmos_init(void);

/* Reads the hardware's byte. No guest's CPU may use the RAM at the same time. */
uint8_t cmos_read(uint8_t index);

/* Makes a byte the guest's own and gives it a value. Boot CPU, before guests run. */
void cmos_make_virtual(uint8_t index, uint8_t value);

/* Returns the shutdown code as the guest has set it. */
uint8_t cmos_shutdown_code(void);

/* The rows of all ports. */
port_read_fn cmos_port_read;
port_write_fn cmos_port_write;

#endif
