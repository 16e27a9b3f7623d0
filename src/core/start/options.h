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

/* chain=: hd0 to hd9, fd0 to fd9, cd0 to cd9, or the BIOS's number in hexadecimal */
#define OPTION_DRIVE_ANY (-1)

/* chain=: the longest path of a UEFI program, its NUL included */
#define OPTION_FILE_SIZE 128

#define OPTIONS_UNKNOWN_MAX  8
#define OPTIONS_UNKNOWN_SIZE 40

struct options {
    unsigned log; /* enum option_log bits; 0 after log=none */
    enum option_loglevel loglevel;
    bool no_suspend; /* suspend=off */
    bool chain;      /* chain or chain=: start a drive of the BIOS though there are modules */
    int drive;       /* its number; OPTION_DRIVE_ANY: not said */
    char file[OPTION_FILE_SIZE]; /* or a UEFI program's path, from its \ or / on */
    uint32_t trace;              /* kinds of records, a bit each; see core/trace.h */

    /* Ignored words, cut to fit, for the caller to report. Words beyond the array are counted. */
    unsigned unknown_count;
    char unknown[OPTIONS_UNKNOWN_MAX][OPTIONS_UNKNOWN_SIZE];
};

/* Tells a user whose option is unknown which ones there are. */
#define OPTIONS_KNOWN                                                                              \
    "log=com1,e9,none loglevel=error|warn|info|debug suspend=on|off trace=all|none|KIND,... "      \
    "chain[=hd0|fd0|cd0|...|BIOS number in hexadecimal|\\EFI\\... for lapwing.efi]"

/* Parses `cmdline`; never fails. A word that is not understood goes to unknown[]. */
void options_parse(const char *cmdline, struct options *options);

#endif
