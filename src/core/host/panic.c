/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a CPU whose host invariants are broken: says everything that helps, then stops it. */
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
    /* Once only: the report itself may be what fails. */
    if (!atomic_exchange(&panicked, true) && panic_report)
        panic_report();
    halt_forever();
}
