/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory sizes in CMOS RAM, which old programs read instead of asking the BIOS. Boot CPU only. */
#ifndef CORE_START_CMOS_MAP_H
#define CORE_START_CMOS_MAP_H

/* Ends the sizes at Lapwing's range for the guest. After cmos_init(). */
void cmos_map_install(void);

#endif
