/* SPDX-License-Identifier: GPL-2.0-only */
/* RDMSR and WRMSR as functions for trap_call(), whose argument is a struct msr_access. */
#ifndef GUEST_LIB_MSR_ACCESS_H
#define GUEST_LIB_MSR_ACCESS_H

#include <lapwing/types.h>

struct msr_access {
    uint32_t msr;
    uint64_t value; /* what is written, or was read */
};

void msr_do_read(void *arg);
void msr_do_write(void *arg);

#endif
