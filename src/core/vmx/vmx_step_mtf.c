/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping with the monitor trap flag. The guest's own TF and breakpoints need nothing: the
 * hardware keeps what the instruction raised in the pending debug exceptions and delivers it
 * afterwards. State: the VMCS of this CPU.
 */
#include "core/vmx/vmx_vcpu.h"

const uint32_t vmx_step_control = PRIMARY_MTF;

uint64_t vmx_step_arm(struct vcpu *v, uint64_t rflags)
{
    (void)v;
    vmcs_set32(VMCS_PRIMARY_CONTROLS, PRIMARY_MTF);
    return rflags;
}

uint64_t vmx_step_disarm(struct vcpu *v, bool completed, uint64_t rflags)
{
    (void)v;
    (void)completed;
    vmcs_clear32(VMCS_PRIMARY_CONTROLS, PRIMARY_MTF);
    return rflags;
}

bool vmx_step_ends_with_db(struct vcpu *v, uint64_t qualification)
{
    (void)v;
    (void)qualification;
    return false;
}
