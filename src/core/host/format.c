/* SPDX-License-Identifier: GPL-2.0-only */
/* The formatter behind the log. Pure: it has no state and allocates nothing. */
#include "core/host/format.h"

#include <stdbool.h>
#include <stdint.h>

#include <lapwing/string.h>

struct out {
    char *buf;
    size_t size, used;
};

struct spec {
    unsigned width;
    bool left, zero;
    unsigned longs;
};

static void put(struct out *o, char c)
{
    if (o->used + 1 < o->size)
        o->buf[o->used++] = c;
}

static void put_field(struct out *o, const char *s, size_t n, const struct spec *sp)
{
    size_t fill = sp->width > n ? sp->width - n : 0;

    for (; fill && !sp->left; fill--)
        put(o, sp->zero ? '0' : ' ');
    for (size_t i = 0; i < n; i++)
        put(o, s[i]);
    for (; fill; fill--)
        put(o, ' ');
}

static void put_number(struct out *o, uint64_t v, bool negative, unsigned base,
                       const struct spec *sp)
{
    char tmp[24];
    size_t i = sizeof(tmp);

    do {
        tmp[--i] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    if (negative)
        tmp[--i] = '-';
    put_field(o, tmp + i, sizeof(tmp) - i, sp);
}

static const char *parse_spec(const char *p, struct spec *sp)
{
    *sp = (struct spec){0};
    for (;; p++) {
        if (*p == '-')
            sp->left = true;
        else if (*p == '0')
            sp->zero = true;
        else
            break;
    }
    for (; *p >= '0' && *p <= '9'; p++)
        sp->width = sp->width * 10 + (unsigned)(*p - '0');
    for (; *p == 'l' || *p == 'z'; p++)
        sp->longs++;
    return p;
}

size_t format_v(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {buf, size, 0};
    struct spec sp;

    for (const char *p = fmt; *p; p++) {
        if (*p != '%') {
            put(&o, *p);
            continue;
        }
        p = parse_spec(p + 1, &sp);
        if (*p == 'd') {
            int64_t v = sp.longs ? va_arg(ap, long) : va_arg(ap, int);
            put_number(&o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0, 10, &sp);
        } else if (*p == 'u' || *p == 'x') {
            uint64_t v = sp.longs ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
            put_number(&o, v, false, *p == 'u' ? 10 : 16, &sp);
        } else if (*p == 's') {
            const char *s = va_arg(ap, const char *);
            s = s ? s : "(null)";
            put_field(&o, s, strlen(s), &sp);
        } else if (*p) {
            put(&o, *p);
        } else {
            break;
        }
    }
    if (size)
        buf[o.used] = '\0';
    return o.used;
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    size_t n = format_v(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
