/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a CPU whose host invariants are broken: it says everything that helps, and stops.
 * State: `panicked` is atomic; panic_report is set once during boot.
 */
#include <stdarg.h>
#include <stdatomic.h>

#include "core/host/log.h"
#include "core/host/x86_insn.h"

static void (*panic_report)(void);

void panic_set_report(void (*report)(void))
{
    panic_report = report;
}

void panic(const char *fmt, ...)
{
    static atomic_bool panicked;
    va_list ap;

    log_break_lock();
    va_start(ap, fmt);
    log_raw_v("panic", fmt, ap);
    va_end(ap);
    /* The report is printed once only, because the report itself may fail. */
    if (!atomic_exchange(&panicked, true) && panic_report)
        panic_report();
    halt_forever();
}
