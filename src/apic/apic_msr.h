/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IA32_APIC_BASE for the strategies that pass the LAPIC through: the guest's value is kept per CPU
 * and follows the state machine of apic_base.h. The physical LAPIC is never disabled: kicks need
 * it.
 */
#ifndef APIC_APIC_MSR_H
#define APIC_APIC_MSR_H

#include "core/msr.h"

msr_read_fn apic_msr_read_base;
msr_write_fn apic_msr_write_base;

/* The strategy's part: v->apic_base has changed its mode. */
void apic_mode_changed(struct vcpu *v);

#endif
