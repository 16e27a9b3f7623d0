/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine reset, as a triple fault does it on a bare machine. */
#ifndef CORE_RESET_H
#define CORE_RESET_H

/* Resets the machine. Runs on any CPU. */
_Noreturn void machine_reset(void);

#endif
