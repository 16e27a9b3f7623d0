/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting the guest in place: which kind it is, moving it, and its first registers. */
#ifndef CORE_START_GUEST_H
#define CORE_START_GUEST_H

#include "core/start/bootinfo.h"
#include "core/vcpu.h"

/*
 * Looks at the first module, loads the guest and sets the boot vCPU's registers. Refuses the boot
 * if there is nothing that can be started. Overwrites what `boot` points to.
 */
void guest_load(struct vcpu *v, const struct boot_info *boot, hpa_t rsdp);

#endif
