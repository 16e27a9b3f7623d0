/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suspend to RAM (S3): every CPU is lost, memory stays, and the firmware jumps to the vector in the
 * FACS when the machine wakes. Lapwing puts its own vector there for the time that the machine
 * sleeps, takes every CPU again, and lets the guest's boot CPU go on at the guest's vector.
 * docs/walk.md has the way of a suspend.
 */
#ifndef CORE_START_SUSPEND_H
#define CORE_START_SUSPEND_H

#include "core/start/acpi.h"

/*
 * Looks whether the tables allow it, and traps the registers that put the machine to sleep.
 * `low_page` is a page of the guest's memory below 1 MiB that the
 * firmware leaves alone while the machine wakes. If suspending is not `wanted` or not possible, the
 * guest finds no S3 in the tables, and writes that could lead there do nothing. Boot CPU, before
 * the guest runs.
 */
void suspend_init(const struct acpi *acpi, hpa_t low_page, bool wanted);

#endif
