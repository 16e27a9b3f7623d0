/* SPDX-License-Identifier: GPL-2.0-only */
/* The budget of log lines that a guest can cause. State: v->guest_log_lines, its own CPU only. */
#include "core/log_guest.h"

bool log_guest_allowed(struct vcpu *v)
{
    if (v->guest_log_lines > GUEST_LOG_LINES)
        return false;
    if (v->guest_log_lines++ < GUEST_LOG_LINES)
        return true;
    log_warn("cpu %u: the guest has caused %u lines: no more from this CPU", v->index,
             GUEST_LOG_LINES);
    return false;
}
