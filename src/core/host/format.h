/* SPDX-License-Identifier: GPL-2.0-only */
/* A small vsnprintf: %s %d %u %x %%, with l, ll, z, a width, and the flags `0` and `-`. */
#ifndef CORE_HOST_FORMAT_H
#define CORE_HOST_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most `size` bytes to `buf`, always NUL-terminated if size > 0. Returns the number of
 * characters that were written, without the NUL; this is not the length that would have been
 * needed.
 */
size_t format_v(char *buf, size_t size, const char *fmt, va_list ap);
size_t format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
