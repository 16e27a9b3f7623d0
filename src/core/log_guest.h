/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log lines that a guest causes. A guest can cause one again and again, and each line waits for the
 * serial port under the log's lock. So each CPU has a budget.
 */
#ifndef CORE_LOG_GUEST_H
#define CORE_LOG_GUEST_H

#include "core/host/log.h"
#include "core/vcpu.h"

#define GUEST_LOG_LINES 32

/* May this CPU's guest cause another line? Logs it when the budget is used up. Own CPU only. */
bool log_guest_allowed(struct vcpu *v);

/* As log_warn(), within the budget of `v`. */
#define log_guest(v, ...)                                                                          \
    do {                                                                                           \
        if (log_guest_allowed(v))                                                                  \
            log_warn(__VA_ARGS__);                                                                 \
    } while (0)

#endif
