/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The A20 gates and the resets of the CPUs: whatever the guest writes, the hardware's gate stays
 * open and its CPUs are not reset. What the guest set is what it reads.
 */
#include "core/ports.h"

#include <setjmp.h>
#include <stdlib.h>

#include "apic/apic.h"
#include "core/a20.h"
#include "core/cmos.h"
#include "core/host/x86_insn.h"
#include "core/i8042.h"
#include "core/log_guest.h"
#include "core/reset.h"
#include "core/soft_reset.h"
#include "core/virt.h"
#include "test.h"

#define A20   2
#define RESET 1 /* in port 92H; in the output port 1 is no reset */

static struct vcpu cpu;
static uint8_t ports[0x1000], shutdown_code;
static bool output_follows; /* the controller waits for the output port's data */
static unsigned inits, full_resets;
static bool output_written;
static uint8_t output, commanded;

const struct port_trap apic_port_traps[] = {{0}};
const unsigned apic_port_trap_count = 0;

void virt_trap_port(uint16_t port, bool at_request)
{
    (void)port;
    (void)at_request;
}

/* A controller that is never busy. */
void outb(uint16_t port, uint8_t value)
{
    ports[port] = value;
    if (port == A20_PORT) {
        CHECK(value & A20);
        CHECK(!(value & RESET));
    } else if (port == I8042_COMMAND) {
        CHECK(!output_follows);
        CHECK(value != 0xDD);
        CHECK(value < 0xF0 || (value & 3) == 3);
        output_follows = value == 0xD1;
        commanded = value;
    } else if (port == I8042_DATA && output_follows) {
        CHECK((value & 3) == 3);
        output_follows = false;
        output_written = true;
        output = value;
    } else if (port == RESET_CONTROL_PORT) {
        CHECK((value & (CF9_RESET | CF9_HARD)) != CF9_RESET);
    }
}

void outw(uint16_t port, uint16_t value)
{
    (void)port;
    (void)value;
    CHECK(false);
}

void outl(uint16_t port, uint32_t value)
{
    (void)value;
    CHECK_EQ(port, 0xCF8);
}

uint8_t inb(uint16_t port)
{
    return port == I8042_COMMAND ? 0 : port == I8042_DATA ? output : ports[port];
}

uint16_t inw(uint16_t port)
{
    return inb(port);
}

uint32_t inl(uint16_t port)
{
    return inb(port);
}

void smp_init_all(struct vcpu *src)
{
    CHECK(src == &cpu);
    inits++;
}

static jmp_buf after_reset;

_Noreturn void machine_reset(void)
{
    full_resets++;
    longjmp(after_reset, 1);
}

uint8_t cmos_shutdown_code(void)
{
    return shutdown_code;
}

void cmos_port_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    (void)value;
}

enum port_verdict cmos_port_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    (void)value;
    return PORT_DONE;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
}

_Noreturn void panic(const char *format, ...)
{
    (void)format;
    abort();
}

bool log_guest_allowed(struct vcpu *v)
{
    (void)v;
    return true;
}

static void fresh(uint8_t code)
{
    inits = full_resets = 0;
    output_follows = output_written = false;
    shutdown_code = code;
}

static void write(uint16_t port, uint8_t width, uint32_t value)
{
    if (setjmp(after_reset) == 0)
        port_out(&cpu, port, width, value);
}

static void fast_gate(void)
{
    fresh(0x0A);
    write(A20_PORT, 1, 0);
    CHECK_EQ(port_in(&cpu, A20_PORT, 1), 0);
    CHECK_EQ(ports[A20_PORT], A20);
    write(A20_PORT, 1, 0x40 | A20);
    CHECK_EQ(port_in(&cpu, A20_PORT, 1), 0x40 | A20);
    write(A20_PORT - 1, 2, 0x8000);
    CHECK_EQ(ports[A20_PORT], 0x80 | A20);
    CHECK_EQ(port_in(&cpu, A20_PORT - 1, 2) >> 8, 0x80);
    write(A20_PORT, 1, A20);
    CHECK_EQ(inits, 0);
}

static void output_port(void)
{
    fresh(0x0A);
    write(I8042_COMMAND, 1, 0xD1);
    CHECK(!output_follows); /* held back */
    write(I8042_DATA, 1, 0xC1);
    CHECK_EQ(output, 0xC3);
    CHECK_EQ(port_in(&cpu, I8042_DATA, 1), 0xC3); /* a scan code: nobody asked for the port */
    write(I8042_COMMAND, 1, 0xD0);
    CHECK_EQ(port_in(&cpu, I8042_DATA, 1), 0xC1);
    CHECK_EQ(port_in(&cpu, I8042_DATA, 1), 0xC3);
    write(I8042_COMMAND, 1, 0xDF);
    write(I8042_COMMAND, 1, 0xD0);
    CHECK_EQ(port_in(&cpu, I8042_DATA, 1), 0xC3);
    write(I8042_COMMAND, 1, 0xDD);
    write(I8042_COMMAND, 1, 0xD0);
    CHECK_EQ(port_in(&cpu, I8042_DATA, 1), 0xC1);
    CHECK_EQ(inits, 0);
    write(I8042_COMMAND, 1, 0xD1);
    write(I8042_DATA, 1, 0xC2);
    CHECK_EQ(inits, 1);
    CHECK_EQ(output, 0xC3);
}

/* Another command in between makes the data another command's. */
static void other_commands_pass(void)
{
    fresh(0x0A);
    for (unsigned c = 0; c < 0xF0; c++) {
        if (c == 0xD1 || c == 0xDD)
            continue;
        write(I8042_COMMAND, 1, c);
        CHECK_EQ(commanded, c);
        write(I8042_DATA, 1, 0);
        CHECK_EQ(ports[I8042_DATA], 0);
    }
    write(I8042_COMMAND, 1, 0xD1);
    write(I8042_COMMAND, 1, 0xD4);
    write(I8042_DATA, 1, 0xF4);
    CHECK_EQ(ports[I8042_DATA], 0xF4);
    CHECK(!output_written);
    CHECK_EQ(inits, 0);
}

static void pulses(void)
{
    fresh(0x05);
    for (unsigned c = 0xF0; c <= 0xFF; c++) {
        inits = 0;
        commanded = 0;
        write(I8042_COMMAND, 1, c);
        CHECK_EQ(inits, c & 1 ? 0 : 1);
        CHECK_EQ(commanded, c & 1 ? c | A20 : 0);
    }
}

/* Which codes let the firmware go on with the guest. */
static void shutdown_codes(void)
{
    for (unsigned c = 0; c < 256; c++) {
        const bool keeps = c == 5 || (c >= 9 && c <= 12);

        fresh((uint8_t)c);
        write(A20_PORT, 1, A20 | RESET);
        CHECK_EQ(inits, keeps);
        CHECK_EQ(full_resets, !keeps);
    }
}

static void reset_control(void)
{
    static const struct port_trap row = {.first = RESET_CONTROL_PORT,
                                         .last = RESET_CONTROL_PORT,
                                         .write = reset_control_write,
                                         .not_by_dword = true};

    port_trap_add(&row);
    fresh(0x0A);
    write(RESET_CONTROL_PORT, 1, CF9_HARD);
    CHECK_EQ(ports[RESET_CONTROL_PORT], CF9_HARD);
    write(RESET_CONTROL_PORT, 1, CF9_RESET);
    CHECK_EQ(inits, 1);
    write(RESET_CONTROL_PORT - 1, 4, 0x80000400); /* the address of PCI configuration */
    write(RESET_CONTROL_PORT - 1, 2, 0x0400);
    CHECK_EQ(inits, 2);
    write(RESET_CONTROL_PORT, 1, 0x0E);
    CHECK_EQ(ports[RESET_CONTROL_PORT], 0x0E);
    CHECK_EQ(inits, 2);
}

int main(void)
{
    TEST_RUN(fast_gate);
    TEST_RUN(output_port);
    TEST_RUN(other_commands_pass);
    TEST_RUN(pulses);
    TEST_RUN(shutdown_codes);
    TEST_RUN(reset_control);
    return test_done();
}
