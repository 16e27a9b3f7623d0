/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer's initial count, which a kernel without TSC deadlines writes at each tick. */
#ifndef APIC_APICV_APICV_TIMER_H
#define APIC_APICV_APICV_TIMER_H

#include "apic/apicv/apicv.h"
#include "apic/physical/lapic.h"

/* apicv_register_write() of a count of 32 bits, which no LAPIC refuses. Inline, for exits. */
static inline __attribute__((always_inline)) void apicv_arm_timer(struct vcpu *v, uint32_t value)
{
    if (vlapic_write_initial_count(&v->apic->vl, value) == VLAPIC_TIMER)
        lapic_write_of(v, APIC_REG_TIMER_INITIAL, value);
}

#endif
