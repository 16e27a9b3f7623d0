/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console log: the serial port, port E9 and a ring in memory (`lapwing_log_ring`, readable with
 * GDB). Any CPU may write a line. No call blocks for long: waits for the device and for the lock
 * are bounded.
 */
#ifndef CORE_HOST_LOG_H
#define CORE_HOST_LOG_H

#include <stdarg.h>
#include <lapwing/types.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_target {
    LOG_TO_COM1 = 1 << 0,
    LOG_TO_E9 = 1 << 1,
};

/* Chooses the targets (LOG_TO_*) and the least important level that is written. Boot CPU only. */
void log_config(unsigned targets, enum log_level level);

/*
 * Writes one line, with the prefix `[lapwing] level: ` and a line end. format.h lists the formats.
 */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Ends a boot that cannot go on: writes one line that says what is missing, and stops this CPU. */
_Noreturn void refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Sets where refuse() goes on instead of stopping the machine; NULL: nowhere. `leave` gets the text and
 * does not return. Boot CPU only, before relocation.
 */
void refuse_set_leave(void (*leave)(const char *fmt, va_list ap));

/* Reports a broken host invariant: writes the line and the report, and stops this CPU. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Sets what panic() prints after its line. The boot CPU calls it after relocation. */
void panic_set_report(void (*report)(void));

/* Write a line with `word` in place of the level. For panic() and its helpers. */
void log_raw(const char *word, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_raw_v(const char *word, const char *fmt, va_list ap);

/* From now on no CPU waits for the lock, whose owner may have stopped. Lines may mix. */
void log_break_lock(void);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
