/* SPDX-License-Identifier: GPL-2.0-only */
/* Lapwing's own boot options: words on Lapwing's line in the boot loader's menu. */
#ifndef CORE_START_OPTIONS_H
#define CORE_START_OPTIONS_H

#include <lapwing/types.h>

/* log=: a list with commas. */
enum option_log {
    OPTION_LOG_COM1 = 1 << 0,
    OPTION_LOG_E9 = 1 << 1,
};

/* loglevel= */
enum option_loglevel {
    OPTION_LOGLEVEL_ERROR,
    OPTION_LOGLEVEL_WARN,
    OPTION_LOGLEVEL_INFO,
    OPTION_LOGLEVEL_DEBUG,
};

#define OPTIONS_UNKNOWN_MAX  8
#define OPTIONS_UNKNOWN_SIZE 40

struct options {
    unsigned log; /* enum option_log bits; 0 after log=none */
    enum option_loglevel loglevel;
    bool no_suspend; /* suspend=off */

    /* Ignored words, cut to fit, for the caller to report. Words beyond the array are counted. */
    unsigned unknown_count;
    char unknown[OPTIONS_UNKNOWN_MAX][OPTIONS_UNKNOWN_SIZE];
};

/* Tells a user whose option is unknown which ones there are. */
#define OPTIONS_KNOWN "log=com1,e9,none loglevel=error|warn|info|debug suspend=on|off"

/* Parses `cmdline`; never fails. A word that is not understood goes to unknown[]. */
void options_parse(const char *cmdline, struct options *options);

#endif
