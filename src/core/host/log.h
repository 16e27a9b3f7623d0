/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console log: serial port, port E9 and a ring in memory (`lapwing_log_ring`, readable with
 * GDB). Never blocks for long: the device waits are bounded and the lock is taken with a bounded
 * try.
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

/* Chooses targets (LOG_TO_*) and the least important level that is still written. */
void log_config(unsigned targets, enum log_level level);

/*
 * One line, with a `[lapwing] level: ` prefix and a line end. Formats: %s %c %d %u %x %X %p %%,
 * with l/ll/z and width, `0` and `-` flags.
 */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The one line that ends a boot which cannot go on, then stops this CPU. Says what is missing. */
_Noreturn void refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A broken host invariant: prints the line and the report that was set; stops the machine. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What panic() prints besides its line; after relocation. */
void panic_set_report(void (*report)(void));

/* A raw line with a given word in place of the level; for panic() and its helpers. */
void log_raw(const char *word, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_raw_v(const char *word, const char *fmt, va_list ap);

/* From now on a line may be torn rather than wait for a lock whose owner has stopped. */
void log_break_lock(void);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
