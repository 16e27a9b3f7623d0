/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log against what a guest can do to it: a port that never takes a byte, a divisor latch that
 * is open, lines without end.
 */
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/log_guest.h"

#include <stdlib.h>
#include <string.h>
#include "test.h"

#define COM1     0x3F8
#define LCR      (COM1 + 3)
#define LSR      (COM1 + 5)
#define DLAB     0x80
#define THR_FREE 0x20

extern char lapwing_log_ring[];
extern uint32_t lapwing_log_pos;

static struct {
    uint8_t lcr;
    bool full;       /* the port takes no byte */
    unsigned reads;  /* of its status */
    char sent[4096]; /* to the port */
    unsigned sent_used;
} uart;

uint8_t inb(uint16_t port)
{
    if (port == LCR)
        return uart.lcr;
    uart.reads++;
    return port == LSR && !uart.full ? THR_FREE : 0;
}

void outb(uint16_t port, uint8_t value)
{
    if (port == COM1 && uart.sent_used < sizeof(uart.sent))
        uart.sent[uart.sent_used++] = (char)value;
}

void halt_forever(void)
{
    abort();
}

/* Returns how often `text` stands in the `n` bytes at `in`. */
static unsigned count(const char *in, size_t n, const char *text)
{
    const size_t length = strlen(text);
    unsigned found = 0;

    for (size_t i = 0; i + length <= n; i++)
        found += memcmp(in + i, text, length) == 0;
    return found;
}

static void begin(void)
{
    memset(&uart, 0, sizeof(uart));
    lapwing_log_pos = 0;
}

static void a_line_goes_to_port_and_ring(void)
{
    begin();
    log_info("%u lines", 3U);
    CHECK_EQ(count(uart.sent, uart.sent_used, "[lapwing] info: 3 lines\r\n"), 1);
    CHECK_EQ(count(lapwing_log_ring, lapwing_log_pos, "[lapwing] info: 3 lines\n"), 1);
}

/* A byte that is sent while the latch is open changes the port's speed. */
static void nothing_goes_into_the_divisor_latch(void)
{
    begin();
    uart.lcr = DLAB | 3;
    log_info("hidden");
    CHECK_EQ(uart.sent_used, 0);
    CHECK_EQ(count(lapwing_log_ring, lapwing_log_pos, "hidden\n"), 1);
    uart.lcr = 3;
    log_info("shown");
    CHECK_EQ(count(uart.sent, uart.sent_used, "shown\r\n"), 1);
}

/* The guest has stopped the port: a line of any length waits as long as any other. */
static void the_wait_for_the_port_is_bounded(void)
{
    unsigned one;

    begin();
    uart.full = true;
    log_info("x");
    one = uart.reads;
    CHECK(one > 0 && one < 1000000);
    uart.reads = 0;
    log_info("a line of many more characters, all of which would have to wait");
    CHECK_EQ(uart.reads, one);
    CHECK_EQ(uart.sent_used, 0);
}

/* One CPU's guest causes some lines and one that says that these were all; another one's, too. */
static void lines_are_counted(void)
{
    static struct vcpu v[2] = {{.index = 0}, {.index = 1}};

    begin();
    for (unsigned i = 0; i < 300; i++)
        log_guest(&v[0], "again");
    CHECK_EQ(count(lapwing_log_ring, lapwing_log_pos, "again\n"), GUEST_LOG_LINES);
    CHECK_EQ(count(lapwing_log_ring, lapwing_log_pos, "\n"), GUEST_LOG_LINES + 1);
    log_guest(&v[1], "other");
    CHECK_EQ(count(lapwing_log_ring, lapwing_log_pos, "other\n"), 1);
}

int main(void)
{
    TEST_RUN(a_line_goes_to_port_and_ring);
    TEST_RUN(nothing_goes_into_the_divisor_latch);
    TEST_RUN(the_wait_for_the_port_is_bounded);
    TEST_RUN(lines_are_counted);
    return test_done();
}
