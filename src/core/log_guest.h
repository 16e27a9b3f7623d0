/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines that a guest's doing brings about. A guest can do it a million times, and each line waits
 * for the serial port with the log's lock held: so each CPU has a budget.
 */
#ifndef CORE_LOG_GUEST_H
#define CORE_LOG_GUEST_H

#include "core/host/log.h"
#include "core/vcpu.h"

#define GUEST_LOG_LINES 32

/* May this CPU's guest cause another line? Says once that the budget is used up. */
bool log_guest_allowed(struct vcpu *v);

#define log_guest(v, ...)                                                                          \
    do {                                                                                           \
        if (log_guest_allowed(v))                                                                  \
            log_warn(__VA_ARGS__);                                                                 \
    } while (0)

#endif
