/* SPDX-License-Identifier: GPL-2.0-only */
/* Resetting the machine, as a triple fault on a bare one does. */
#ifndef CORE_RESET_H
#define CORE_RESET_H

_Noreturn void machine_reset(void);

#endif
