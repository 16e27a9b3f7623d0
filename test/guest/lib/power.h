/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching the machine off. */
#ifndef GUEST_LIB_POWER_H
#define GUEST_LIB_POWER_H

/*
 * Switches off by QEMU's debug-exit device, QEMU's ACPI port or Bochs' shutdown port; else halts.
 */
void power_off(void) __attribute__((noreturn));

#endif
