/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: COM1, port E9 and the memory ring, guarded by `lock`. A line is formatted on the
 * caller's stack and written under the lock. A CPU that does not get the lock in time writes
 * without it, and lines may mix.
 */
#include "core/host/log.h"

#include <stdatomic.h>
#include "core/host/format.h"
#include "core/host/x86_insn.h"

#define COM1          0x3F8
#define COM1_LCR      (COM1 + 3)
#define COM1_LSR      (COM1 + 5)
#define LCR_DLAB      0x80
#define LSR_THR_EMPTY 0x20
#define PORT_E9       0xE9

#define LINE_MAX   256
#define RING_SIZE  16384
#define LINE_SPINS 200000 /* reads of the port for one line; its rest is left out then */
#define LOCK_SPINS 10000000

/*
 * GDB reads the ring by name (docs/debugging.md). Nothing here does, so the compiler is told to keep
 * the ring.
 */
__attribute__((used)) char lapwing_log_ring[RING_SIZE];
__attribute__((used)) uint32_t lapwing_log_pos;

static struct {
    atomic_flag lock;
    atomic_bool broken;
    unsigned targets;
    enum log_level level;
} console = {.lock = ATOMIC_FLAG_INIT, .targets = LOG_TO_COM1, .level = LOG_INFO};

/*
 * `spins` is what is left of the line's patience, because a guest may have set a very slow speed.
 */
static void put_com1(char c, unsigned *spins)
{
    for (; *spins > 0 && !(inb(COM1_LSR) & LSR_THR_EMPTY); --*spins)
        pause();
    if (*spins > 0)
        outb(COM1, (uint8_t)c);
}

/* While the guest has the divisor latch open, a byte for the port would go into the latch. */
static bool com1_takes_bytes(void)
{
    return !(inb(COM1_LCR) & LCR_DLAB);
}

static void put(char c, unsigned *spins)
{
    lapwing_log_ring[lapwing_log_pos++ % RING_SIZE] = c;
    if (*spins > 0) {
        if (c == '\n')
            put_com1('\r', spins);
        put_com1(c, spins);
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
    unsigned spins = (console.targets & LOG_TO_COM1) && com1_takes_bytes() ? LINE_SPINS : 0;

    for (const char *p = line; *p; p++)
        put(*p, &spins);
    put('\n', &spins);
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

static void (*refuse_leave)(const char *fmt, va_list ap);

void refuse_set_leave(void (*leave)(const char *fmt, va_list ap))
{
    refuse_leave = leave;
}

void refuse(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    log_raw_v("refused", fmt, ap);
    va_end(ap);
    va_start(ap, fmt);
    if (refuse_leave)
        refuse_leave(fmt, ap);
    va_end(ap);
    halt_forever();
}
