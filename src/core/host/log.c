/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Owns the console: COM1, port E9 and the memory ring, guarded by `lock`. Lines are formatted on
 * the caller's stack and written whole under the lock.
 */
#include "core/host/log.h"

#include <stdatomic.h>
#include "core/host/format.h"
#include "core/host/x86_insn.h"

#define COM1          0x3F8
#define COM1_LSR      (COM1 + 5)
#define LSR_THR_EMPTY 0x20
#define PORT_E9       0xE9

#define LINE_MAX     256
#define RING_SIZE    16384
#define DEVICE_SPINS 100000
#define LOCK_SPINS   10000000

/* Not static: GDB reads it by name (docs/debugging.md). */
char lapwing_log_ring[RING_SIZE];
uint32_t lapwing_log_pos;

static struct {
    atomic_flag lock;
    atomic_bool broken;
    unsigned targets;
    enum log_level level;
} console = {.lock = ATOMIC_FLAG_INIT, .targets = LOG_TO_COM1, .level = LOG_INFO};

static void put_com1(char c)
{
    for (unsigned i = 0; i < DEVICE_SPINS && !(inb(COM1_LSR) & LSR_THR_EMPTY); i++)
        pause();
    outb(COM1, (uint8_t)c);
}

static void put(char c)
{
    lapwing_log_ring[lapwing_log_pos++ % RING_SIZE] = c;
    if (console.targets & LOG_TO_COM1) {
        if (c == '\n')
            put_com1('\r');
        put_com1(c);
    }
    if (console.targets & LOG_TO_E9)
        outb(PORT_E9, (uint8_t)c);
}

static bool take_lock(void)
{
    for (unsigned i = 0; i < LOCK_SPINS; i++) {
        if (!atomic_flag_test_and_set(&console.lock))
            return true;
        if (atomic_load(&console.broken))
            return false;
        pause();
    }
    return false;
}

void log_raw_v(const char *word, const char *fmt, va_list ap)
{
    char line[LINE_MAX];
    size_t n = format(line, sizeof(line), "[lapwing] %s: ", word);

    format_v(line + n, sizeof(line) - n, fmt, ap);

    bool locked = take_lock();
    for (const char *p = line; *p; p++)
        put(*p);
    put('\n');
    if (locked)
        atomic_flag_clear(&console.lock);
}

void log_raw(const char *word, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_raw_v(word, fmt, ap);
    va_end(ap);
}

void log_line(enum log_level level, const char *fmt, ...)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    va_list ap;

    if (level > console.level)
        return;
    va_start(ap, fmt);
    log_raw_v(words[level], fmt, ap);
    va_end(ap);
}

void log_config(unsigned targets, enum log_level level)
{
    console.targets = targets;
    console.level = level;
}

void log_break_lock(void)
{
    atomic_store(&console.broken, true);
}

void refuse(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_raw_v("refused", fmt, ap);
    va_end(ap);
    halt_forever();
}
