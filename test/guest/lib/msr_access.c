/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses to MSRs that may fault; see msr_access.h. No state. */
#include "msr_access.h"

#include "cpu_insn.h"

void msr_do_read(void *arg)
{
    struct msr_access *a = arg;

    a->value = rdmsr(a->msr);
}

void msr_do_write(void *arg)
{
    const struct msr_access *a = arg;

    wrmsr(a->msr, a->value);
}
