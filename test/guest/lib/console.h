/* SPDX-License-Identifier: GPL-2.0-only */
/* Serial console (COM1, at the speed that the loader left) and a small printf. */
#ifndef GUEST_LIB_CONSOLE_H
#define GUEST_LIB_CONSOLE_H

#include <stdarg.h>
#include <stddef.h>

void console_write(const char *text);

/* %c %s %d %u %x with l or ll, zero padding and a width; %p as 0x%llx. `buf` always ends in NUL. */
void format_text_va(char *buf, size_t size, const char *format, va_list args);
__attribute__((format(printf, 3, 4))) void format_text(char *buf, size_t size, const char *format,
                                                       ...);
__attribute__((format(printf, 1, 2))) void print(const char *format, ...);

#endif
