/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keyboard controller; see i8042.h. The command that writes the output port is held back until
 * its data is there. So the controller never waits for such data while a guest's CPU can send it.
 * State: `kbc`, which all CPUs share, guarded by its lock. The lock is also held while a byte goes
 * to the controller.
 */
#include "core/i8042.h"

#include <stdatomic.h>

#include "core/soft_reset.h"
#include "core/host/x86_insn.h"

enum command {
    READ_OUTPUT = 0xD0,
    WRITE_OUTPUT = 0xD1,
    CLOSE_A20 = 0xDD,
    OPEN_A20 = 0xDF,
    PULSE_OUTPUT = 0xF0, /* the low half: a bit that is 0 is pulsed low */
};

/* Bits of the output port. */
#define NO_RESET  0x01
#define GATE_OPEN 0x02

#define STATUS_INPUT_FULL 0x02
#define POLLS             1000 /* about a microsecond each */

static struct {
    atomic_flag lock;
    bool writes_output; /* the data of WRITE_OUTPUT is next */
    bool reads_output;  /* what READ_OUTPUT asked for is next */
    bool gate_closed;   /* as the guest has set it */
} kbc = {.lock = ATOMIC_FLAG_INIT};

static void take(void)
{
    while (atomic_flag_test_and_set(&kbc.lock))
        pause();
}

static void release(void)
{
    atomic_flag_clear(&kbc.lock);
}

static void wait_until_empty(void)
{
    for (unsigned i = 0; i < POLLS && (inb(I8042_COMMAND) & STATUS_INPUT_FULL); i++)
        pause();
}

static void write_output(uint8_t value)
{
    wait_until_empty();
    outb(I8042_COMMAND, WRITE_OUTPUT);
    wait_until_empty();
    outb(I8042_DATA, value | NO_RESET | GATE_OPEN);
    wait_until_empty();
}

/* Does a byte for the command port. Returns whether it resets. */
static bool command(uint8_t value)
{
    kbc.writes_output = value == WRITE_OUTPUT;
    kbc.reads_output = value == READ_OUTPUT;
    if (value == CLOSE_A20 || value == OPEN_A20)
        kbc.gate_closed = value == CLOSE_A20;
    if (value >= PULSE_OUTPUT && !(value & NO_RESET))
        return true;
    if (value >= PULSE_OUTPUT)
        value |= GATE_OPEN;
    if (value != WRITE_OUTPUT && value != CLOSE_A20)
        outb(I8042_COMMAND, value);
    return false;
}

/* The same for the data port. */
static bool data(uint8_t value)
{
    if (!kbc.writes_output) {
        outb(I8042_DATA, value);
        return false;
    }
    kbc.writes_output = false;
    kbc.gate_closed = !(value & GATE_OPEN);
    write_output(value);
    return !(value & NO_RESET);
}

enum port_verdict i8042_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    bool reset;

    take();
    reset = port == I8042_COMMAND ? command(*value) : data(*value);
    release();
    if (reset)
        soft_reset(v, "the keyboard controller");
    return PORT_DONE;
}

/* The data port. */
void i8042_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    take();
    if (kbc.reads_output && kbc.gate_closed)
        *value &= (uint8_t)~GATE_OPEN;
    kbc.reads_output = false;
    release();
}
