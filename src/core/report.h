/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic prints about the guest: registers, the vendor's state, and the last exits. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include <stdint.h>

/* Prints this CPU's vCPU through log_raw(), if there is one already. */
void report_vcpu(void);

/* Prints one value. */
void report_value(const char *name, uint64_t value);

#endif
