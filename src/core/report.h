/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic prints about the guest: registers, the vendor's state, and the last exits. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

/* Prints this CPU's vCPU through log_raw(), if there is one already. */
void report_vcpu(void);

#endif
