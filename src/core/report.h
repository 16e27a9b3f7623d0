/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic says of the guest: registers, state of the vendor, and the last exits. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

/* Prints this CPU's vCPU through log_raw(), if there is one yet. */
void report_vcpu(void);

#endif
