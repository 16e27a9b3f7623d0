/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_POWER_H
#define GUEST_POWER_H

/*
 * Ends the machine: QEMU's debug-exit device, QEMU's ACPI port, Bochs' shutdown port; else halts.
 */
void power_off(void) __attribute__((noreturn));

#endif
