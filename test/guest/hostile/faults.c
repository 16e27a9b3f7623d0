/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of a fault that Lapwing injects is that of hardware. */
#include "hostile/cases.h"
#include "lib/trap.h"

#define EFLAGS_RF BIT(16)

static void bad_apic_base(void *arg)
{
    (void)arg;
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | BIT(1));
}

/* A fault's saved RFLAGS have RF set. (Intel SDM Vol. 3A, "Instruction-Breakpoint Exception") */
void case_resume_flag(void)
{
    struct fault fault;

    if (!under_lapwing()) {
        tap_skip("bare: emulators differ");
        return;
    }
    CHECK(trap_call(bad_apic_base, NULL, &fault));
    CHECK_EQ(fault.vector, VECTOR_GP);
    CHECK(fault.rflags & EFLAGS_RF);
}
