/* SPDX-License-Identifier: GPL-2.0-only */
/* Odd states of a guest's LAPIC, which a hypervisor's own access to the LAPIC must survive. */
#include "apic-base/cases.h"

#define VECTOR_30 30 /* #SX as an exception, with an error code; legal as an interrupt's */
#define SVR_FOCUS BIT32(9)

const char *unfit_for_odd(void)
{
    return unfit_for_checks() ? unfit_for_checks() : unfit_to_leave();
}

/* Requested, and not taken, when the LAPIC is switched off and its requests are dropped. */
static void request_and_go_off(void *arg)
{
    const enum mode first = mode_now();

    (void)arg;
    irq_disable();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_30, 0);
    go_to(MODE_OFF);
    go_to(first);
    irq_enable();
}

void case_vector_30(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(on_cpu(i, request_and_go_off, NULL), "CPU %u does not answer", i);
        tap_check(cpu_alive(i), "CPU %u is gone", i);
    }
}

static void write_svr(void *arg)
{
    lapic_write(LAPIC_SVR, *(const uint32_t *)arg);
}

/* Focus processor checking: xAPIC mode takes the bit, x2APIC mode takes it or is #GP. */
static void set_focus(void *arg)
{
    uint32_t svr = LAPIC_SVR_ENABLE | SVR_FOCUS | VECTOR_SPURIOUS;
    struct fault fault;

    (void)arg;
    if (mode_now() == MODE_XAPIC) {
        write_svr(&svr);
        if (lapic_has_x2apic())
            tap_check(try_base(rdmsr(MSR_APIC_BASE) | mode_bits(MODE_X2APIC)),
                      "not in x2APIC mode");
    }
    if (trap_call(write_svr, &svr, &fault))
        tap_check(fault.vector == VECTOR_GP, "vector %u", fault.vector);
    lapic_enable();
}

void case_focus(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(on_cpu(i, set_focus, NULL), "CPU %u does not answer", i);
        tap_check(cpu_alive(i), "CPU %u is gone", i);
    }
}
