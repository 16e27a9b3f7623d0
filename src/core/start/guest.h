/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading the guest: which kind it is, its memory, and its first registers. */
#ifndef CORE_START_GUEST_H
#define CORE_START_GUEST_H

#include "core/start/bootinfo.h"
#include "core/start/options.h"
#include "core/vcpu.h"

/*
 * Looks at the first module, loads it as the guest and sets the boot vCPU's registers. `rsdp` is
 * the RSDP's address; 0: not known. Without a module, and with the option `chain`, the guest is what
 * a drive of the BIOS boots; `bios_page` is what bios_map_install() returned. Overwrites what `boot` points to. Ends the boot if the module cannot be
 * started.
 */
void guest_load(struct vcpu *v, const struct boot_info *boot, hpa_t rsdp,
                const struct options *options, hpa_t bios_page);

#endif
