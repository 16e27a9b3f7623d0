/* SPDX-License-Identifier: GPL-2.0-only */
/* Reset of the whole machine, and the byte that tells the firmware what follows a reset. */
#ifndef CORE_RESET_H
#define CORE_RESET_H

#include <lapwing/types.h>

/* Port CF9H. */
#define CF9_HARD  0x02
#define CF9_RESET 0x04

/* Resets the machine. Runs on any CPU. */
_Noreturn void machine_reset(void);

/*
 * The shutdown code in CMOS RAM. A firmware may obey it after a full reset too, so it is cleared
 * before one.
 */
uint8_t shutdown_code_read(void);
void shutdown_code_clear(void);

#endif
