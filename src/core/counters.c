/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the exit counters and of the figures. */
#include "core/counters.h"

const char *counter_name(unsigned n)
{
    static const char *const names[] = {
#define COUNTER_NAME(sym, name) name,
        COUNTER_LIST(COUNTER_NAME)
#undef COUNTER_NAME
    };

    return n < COUNTER_COUNT ? names[n] : "";
}

const char *figure_name(unsigned n)
{
    static const char *const names[] = {
#define FIGURE_NAME(sym, name) name,
        FIGURE_LIST(FIGURE_NAME)
#undef FIGURE_NAME
    };

    return n < FIGURE_COUNT ? names[n] : "";
}
