/* SPDX-License-Identifier: GPL-2.0-only */
/* Reset of the whole machine. */
#ifndef CORE_RESET_H
#define CORE_RESET_H

#include <lapwing/types.h>

/* Port CF9H. */
#define CF9_HARD  0x02
#define CF9_RESET 0x04

/* Resets the machine. Runs on any CPU. */
_Noreturn void machine_reset(void);

#endif
