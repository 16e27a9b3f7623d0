/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMOS RAM: whatever the guest writes at whichever port, the hardware's shutdown code stays 0, the
 * guest reads what it wrote, and the sizes of memory end at Lapwing's range.
 */
#include "core/cmos.h"

#include <stdlib.h>
#include <string.h>

#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/start/cmos_map.h"
#include "test.h"

struct machine machine;

/* What the pairs after the first are: a bit each, set where the pair has the first one's bytes. */
static unsigned aliases;
static uint8_t ram[128], other[4][256], index_of[4];

static struct vcpu cpu;

static uint8_t *hardware_byte(unsigned pair)
{
    if (pair == 0 || aliases >> pair & 1)
        return &ram[index_of[pair] & 0x7F];
    return &other[pair][index_of[pair]];
}

void outb(uint16_t port, uint8_t value)
{
    const unsigned pair = (port - (unsigned)CMOS_INDEX) / 2;

    CHECK(port >= CMOS_INDEX && port <= CMOS_LAST);
    if (port & 1)
        *hardware_byte(pair) = value;
    else
        index_of[pair] = value;
}

uint8_t inb(uint16_t port)
{
    return port & 1 ? *hardware_byte((port - (unsigned)CMOS_INDEX) / 2) : 0xFF;
}

static void guest_out(uint16_t port, uint8_t value)
{
    if (cmos_port_write(&cpu, port, &value) == PORT_PASS)
        outb(port, value);
}

static uint8_t guest_in(uint16_t port)
{
    uint8_t value = inb(port);

    cmos_port_read(&cpu, port, &value);
    return value;
}

static uint8_t guest_read(unsigned pair, uint8_t index)
{
    guest_out((uint16_t)(CMOS_INDEX + 2 * pair), index);
    return guest_in((uint16_t)(CMOS_DATA + 2 * pair));
}

static void guest_write(unsigned pair, uint8_t index, uint8_t value)
{
    guest_out((uint16_t)(CMOS_INDEX + 2 * pair), index);
    guest_out((uint16_t)(CMOS_DATA + 2 * pair), value);
}

static void start(unsigned which)
{
    aliases = which;
    memset(ram, 0, sizeof(ram));
    memset(other, 0, sizeof(other));
    ram[CMOS_SHUTDOWN] = 0x0A;
    cmos_init();
    CHECK_EQ(ram[CMOS_SHUTDOWN], 0);
}

static void shutdown_code_is_virtual(void)
{
    for (unsigned which = 0; which < 16; which += 2) {
        for (unsigned pair = 0; pair < 4; pair++) {
            start(which);
            guest_write(pair, CMOS_SHUTDOWN, 0x0A);
            CHECK_EQ(guest_read(pair, CMOS_SHUTDOWN), 0x0A);
            guest_write(pair, CMOS_SHUTDOWN | 0x80, 0x05);
            CHECK_EQ(guest_read(pair, CMOS_SHUTDOWN | 0x80), 0x05);
            CHECK_EQ(ram[CMOS_SHUTDOWN], 0);
            CHECK_EQ(cmos_shutdown_code(), 0x05);
            CHECK_EQ(*hardware_byte(pair), 0);
            guest_write(pair, 0x40, 0x77);
            CHECK_EQ(*hardware_byte(pair), 0x77);
            CHECK_EQ(guest_read(pair, 0x40), 0x77);
        }
    }
}

/* Firmware between suspend and resume leaves the index where it likes. */
static void index_moved_outside(void)
{
    start(0);
    guest_out(CMOS_INDEX, 0x40);
    index_of[0] = CMOS_SHUTDOWN;
    guest_out(CMOS_DATA, 0x0A);
    CHECK_EQ(ram[CMOS_SHUTDOWN], 0);
    CHECK_EQ(ram[0x40], 0x0A);
}

static void whatever_is_written(void)
{
    for (unsigned which = 0; which < 16; which += 2) {
        start(which);
        for (unsigned i = 0; i < 20000; i++) {
            const uint16_t port = (uint16_t)(CMOS_INDEX + rand() % 8);

            guest_out(port, (uint8_t)(rand() % 4 ? rand() : CMOS_SHUTDOWN));
            CHECK_EQ(ram[CMOS_SHUTDOWN], 0);
        }
    }
}

static uint16_t guest_word(uint8_t low)
{
    return (uint16_t)(guest_read(0, low) | guest_read(0, low + 1) << 8);
}

static uint16_t guest_sum(void)
{
    unsigned sum = 0;

    for (uint8_t i = 0x10; i <= 0x2D; i++)
        sum += guest_read(0, i);
    return (uint16_t)sum;
}

static void put(uint8_t low, uint16_t word)
{
    ram[low] = (uint8_t)word;
    ram[low + 1] = (uint8_t)(word >> 8);
}

/* A machine of `blocks` of 64 KiB above 16 MiB. */
static void memory(uint64_t own_base, uint16_t blocks)
{
    unsigned sum = 0;

    start(2); /* ports 72H and 73H are the same */
    put(0x17, 0xFC00);
    put(0x30, 0xFC00);
    put(0x34, blocks);
    ram[0x2D] = 0x21;
    for (unsigned i = 0x10; i <= 0x2D; i++)
        sum += ram[i];
    ram[0x2E] = (uint8_t)(sum >> 8);
    ram[0x2F] = (uint8_t)sum;
    machine.own_base = own_base;
    cmos_map_install();
    CHECK_EQ(guest_read(0, 0x2E) << 8 | guest_read(0, 0x2F), guest_sum());
}

static void sizes(void)
{
    memory(UINT64_C(0x3FF57000), 0x3F00);
    CHECK_EQ(guest_word(0x17), 0xFC00);
    CHECK_EQ(guest_word(0x30), 0xFC00);
    CHECK_EQ(guest_word(0x34), 0x3EF5);
    CHECK_EQ(guest_read(1, 0x34), 0xF5);
    memory(UINT64_C(0x3FF57000), 0x1000); /* the firmware's is less */
    CHECK_EQ(guest_word(0x34), 0x1000);
    memory(UINT64_C(0x1F57000), 0x0100);
    CHECK_EQ(guest_word(0x17), (0x1F57000 - 0x100000) / 1024);
    CHECK_EQ(guest_word(0x30), (0x1F57000 - 0x100000) / 1024);
    CHECK_EQ(guest_word(0x34), 0xF5);
    memory(UINT64_C(0xF00000), 0);
    CHECK_EQ(guest_word(0x17), 14 * 1024);
    CHECK_EQ(guest_word(0x34), 0);
}

int main(void)
{
    TEST_RUN(shutdown_code_is_virtual);
    TEST_RUN(index_moved_outside);
    TEST_RUN(whatever_is_written);
    TEST_RUN(sizes);
    return test_done();
}
