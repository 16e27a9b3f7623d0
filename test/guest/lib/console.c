/* SPDX-License-Identifier: GPL-2.0-only */
/* COM1 and its lock. Lines of several CPUs do not mix if each line is one print(). */
#include "console.h"

#include <stdatomic.h>
#include "cpu_insn.h"

#define COM1          0x3F8
#define COM1_LSR      (COM1 + 5)
#define LSR_THR_EMPTY 0x20
#define WAIT_LIMIT    1000000
#define LOCK_LIMIT    100000000

static atomic_flag console_lock = ATOMIC_FLAG_INIT;

static void put_byte(char c)
{
    for (unsigned i = 0; i < WAIT_LIMIT && !(inb(COM1_LSR) & LSR_THR_EMPTY); i++)
        cpu_pause();
    outb(COM1, (uint8_t)c);
}

void console_write(const char *text)
{
    /* Bounded: a CPU that a test has parked for ever may hold the lock. */
    for (unsigned i = 0; i < LOCK_LIMIT && atomic_flag_test_and_set(&console_lock); i++)
        cpu_pause();
    for (; *text; text++) {
        if (*text == '\n')
            put_byte('\r');
        put_byte(*text);
    }
    atomic_flag_clear(&console_lock);
}

struct sink {
    char *buf;
    size_t size;
    size_t used;
};

static void put(struct sink *s, char c)
{
    if (s->used + 1 < s->size)
        s->buf[s->used++] = c;
}

static void put_number(struct sink *s, uint64_t value, unsigned base, unsigned width, char pad)
{
    char digits[24];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (; width > n; width--)
        put(s, pad);
    while (n > 0)
        put(s, digits[--n]);
}

static void put_string(struct sink *s, const char *text, unsigned width)
{
    for (; *text; text++, width -= width != 0)
        put(s, *text);
    for (; width > 0; width--)
        put(s, ' ');
}

/* One conversion; `*format` is behind the percent sign and is moved behind the conversion. */
static void put_conversion(struct sink *s, const char **format, va_list *args)
{
    const char *f = *format;
    char pad = *f == '0' ? '0' : ' ';
    unsigned width = 0, longs = 0;

    while (*f == '-')
        f++;
    for (; *f >= '0' && *f <= '9'; f++)
        width = width * 10 + (unsigned)(*f - '0');
    for (; *f == 'l' || *f == 'z'; f++)
        longs++;
    switch (*f) {
    case 'c':
        put(s, (char)va_arg(*args, int));
        break;
    case 's':
        put_string(s, va_arg(*args, const char *), width);
        break;
    case 'd': {
        int64_t value = longs ? va_arg(*args, long) : va_arg(*args, int);

        if (value < 0)
            put(s, '-');
        put_number(s, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, pad);
        break;
    }
    case 'u':
    case 'x': {
        uint64_t value = longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);

        put_number(s, value, *f == 'x' ? 16 : 10, width, pad);
        break;
    }
    case 'p':
        put_string(s, "0x", 0);
        put_number(s, (uintptr_t)va_arg(*args, void *), 16, 0, pad);
        break;
    case 0:
        *format = f;
        return;
    default:
        put(s, *f);
        break;
    }
    *format = f + 1;
}

void format_text_va(char *buf, size_t size, const char *format, va_list args)
{
    struct sink s = {.buf = buf, .size = size};
    va_list copy;

    va_copy(copy, args);
    while (*format) {
        if (*format != '%') {
            put(&s, *format++);
            continue;
        }
        format++;
        put_conversion(&s, &format, &copy);
    }
    va_end(copy);
    buf[s.used] = 0;
}

void format_text(char *buf, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_text_va(buf, size, format, args);
    va_end(args);
}

void print(const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    format_text_va(line, sizeof(line), format, args);
    va_end(args);
    console_write(line);
}
