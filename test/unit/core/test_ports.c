/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of trapped ports: an access of any width means what it means for each port that it
 * covers, and reaches the hardware byte by byte if it covers more than one register.
 */
#include "core/ports.h"

#include <stdlib.h>

#include "apic/apic.h"
#include "core/a20.h"
#include "core/cmos.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/i8042.h"
#include "core/virt.h"
#include "test.h"

#define FILTERED   0x192
#define TAKEN      0x164
#define NOT_DWORD  0x4F9
#define AT_REQUEST 0x20
#define ADDED      0x605 /* the upper byte of a register */

static struct vcpu cpu;
static struct {
    uint32_t port, width, value;
} outs[4];
static unsigned out_count, taken, trapped, requested, cores;
static uint32_t hardware; /* what IN brings */
static unsigned followed; /* 1 + the writes that the hardware had by then */

static enum port_verdict write_filtered(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    CHECK_EQ(port, FILTERED);
    *value |= 2;
    return PORT_PASS;
}

static void read_filtered(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    CHECK_EQ(port, FILTERED);
    *value = (uint8_t)(*value & ~2U);
}

static enum port_verdict write_taken(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    taken = 0x100U | *value;
    return PORT_DONE;
}

const struct port_trap apic_port_traps[] = {
    {.first = FILTERED, .last = FILTERED, .read = read_filtered, .write = write_filtered},
    {.first = TAKEN, .last = TAKEN, .write = write_taken},
    {.first = NOT_DWORD, .last = NOT_DWORD, .write = write_taken, .not_by_dword = true},
    {.first = AT_REQUEST, .last = AT_REQUEST + 1, .write = write_taken, .at_request = true},
};
const unsigned apic_port_trap_count = ARRAY_SIZE(apic_port_traps);

static enum port_verdict write_added(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    CHECK_EQ(port, ADDED);
    *value &= 0xDF;
    return PORT_PASS;
}

static void added_written(struct vcpu *v)
{
    (void)v;
    followed = 1 + out_count;
}

_Noreturn void panic(const char *format, ...)
{
    (void)format;
    abort();
}

/* The rows of core, which test_gates.c is for. */
static bool is_cores(uint16_t port)
{
    return port == A20_PORT || port == I8042_DATA || port == I8042_COMMAND ||
           (port >= CMOS_INDEX && port <= CMOS_LAST);
}

void a20_port_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    (void)value;
}

void i8042_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    a20_port_read(v, port, value);
}

enum port_verdict a20_port_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    a20_port_read(v, port, value);
    return PORT_PASS;
}

enum port_verdict i8042_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    return a20_port_write(v, port, value);
}

void cmos_port_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    a20_port_read(v, port, value);
}

enum port_verdict cmos_port_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    return a20_port_write(v, port, value);
}

void virt_trap_port(uint16_t port, bool at_request)
{
    if (is_cores(port)) {
        cores++;
        return;
    }
    trapped++;
    requested += at_request;
    CHECK(port == FILTERED || port == TAKEN || port == NOT_DWORD || (port & ~1) == AT_REQUEST ||
          port == ADDED);
}

static void out(uint16_t port, uint32_t width, uint32_t value)
{
    if (out_count < ARRAY_SIZE(outs)) {
        outs[out_count].port = port;
        outs[out_count].width = width;
        outs[out_count].value = value;
    }
    out_count++;
}

void outb(uint16_t port, uint8_t value)
{
    out(port, 1, value);
}

void outw(uint16_t port, uint16_t value)
{
    out(port, 2, value);
}

void outl(uint16_t port, uint32_t value)
{
    out(port, 4, value);
}

uint8_t inb(uint16_t port)
{
    (void)port;
    return (uint8_t)hardware;
}

uint16_t inw(uint16_t port)
{
    (void)port;
    return (uint16_t)hardware;
}

uint32_t inl(uint16_t port)
{
    (void)port;
    return hardware;
}

static void write(uint16_t port, uint8_t width, uint32_t value)
{
    const struct vm_exit x = {
        .kind = EXIT_IO, .info = port, .io = {.width = width, .value = value}};

    out_count = taken = 0;
    CHECK_EQ(port_handle(&cpu, &x), EXIT_SKIP_INSN);
}

static uint64_t read(uint16_t port, uint8_t width)
{
    const struct vm_exit x = {.kind = EXIT_IO, .info = port, .io = {.width = width, .in = true}};

    hardware = 0xFFFFFFFF;
    cpu.gpr[GPR_RAX] = UINT64_C(0x1122334455667700);
    CHECK_EQ(port_handle(&cpu, &x), EXIT_SKIP_INSN);
    return cpu.gpr[GPR_RAX];
}

static void check_one(uint32_t port, uint32_t width, uint32_t value)
{
    CHECK_EQ(out_count, 1);
    CHECK_EQ(outs[0].port, port);
    CHECK_EQ(outs[0].width, width);
    CHECK_EQ(outs[0].value, value);
}

static void map_follows_rows(void)
{
    port_traps_apply();
    CHECK_EQ(trapped, 5);
    CHECK_EQ(requested, 2);
    CHECK_EQ(cores, 11);
}

static void check(unsigned n, uint32_t port, uint32_t width, uint32_t value)
{
    CHECK_EQ(outs[n].port, port);
    CHECK_EQ(outs[n].width, width);
    CHECK_EQ(outs[n].value, value);
}

/* No byte that is another port's goes near the trapped one. */
static void writes_are_filtered_where_they_overlap(void)
{
    write(FILTERED, 1, 0xAABBCC00);
    check_one(FILTERED, 1, 2);
    write(FILTERED - 1, 2, 0xAABB00CC);
    CHECK_EQ(out_count, 2);
    check(0, FILTERED - 1, 1, 0xCC);
    check(1, FILTERED, 1, 2);
    write(FILTERED - 3, 4, 0x00332211);
    CHECK_EQ(out_count, 4);
    check(3, FILTERED, 1, 2);
    write(FILTERED, 4, 0x44332200);
    CHECK_EQ(out_count, 4);
    check(0, FILTERED, 1, 2);
    check(3, FILTERED + 3, 1, 0x44);
    write(FILTERED + 1, 2, 0x4433);
    check_one(FILTERED + 1, 2, 0x4433);
}

/* What follows a write comes when the hardware has it, once and whole. */
static void row_that_boot_adds(void)
{
    const struct port_trap row = {.first = ADDED,
                                  .last = ADDED,
                                  .write = write_added,
                                  .written = added_written,
                                  .low_bytes = 1};

    followed = trapped = 0;
    port_trap_add(&row);
    CHECK_EQ(trapped, 1);
    write(ADDED - 1, 2, 0x2401);
    check_one(ADDED - 1, 2, 0x0401);
    CHECK_EQ(followed, 2);
    followed = 0;
    write(ADDED + 1, 1, 0x24);
    CHECK_EQ(followed, 0);
    /* QEMU takes a word from the upper byte on for the whole register. */
    write(ADDED, 2, 0x2024);
    CHECK_EQ(out_count, 2);
    check(0, ADDED, 1, 0x04);
    CHECK_EQ(followed, 2);
    write(ADDED - 1, 4, 0x20242424);
    CHECK_EQ(out_count, 4);
    check(1, ADDED, 1, 0x04);
}

static void what_a_handler_does_goes_nowhere(void)
{
    write(TAKEN, 1, 0xFE);
    CHECK_EQ(taken, 0x1FE);
    CHECK_EQ(out_count, 0);
    write(TAKEN - 1, 2, 0xFE55);
    CHECK_EQ(taken, 0x1FE);
    check_one(TAKEN - 1, 1, 0x55);
    write(TAKEN - 1, 4, 0x4433FE11);
    CHECK_EQ(out_count, 3);
    check(2, TAKEN + 2, 1, 0x44);
}

/* A dword at CF8H is the address of PCI configuration, and CF9H is another register. */
static void an_aligned_dword_is_another_registers(void)
{
    write(NOT_DWORD - 1, 4, 0x80000600);
    check_one(NOT_DWORD - 1, 4, 0x80000600);
    CHECK_EQ(taken, 0);
    write(NOT_DWORD - 1, 2, 0x0600);
    CHECK_EQ(taken, 0x106);
    write(NOT_DWORD, 4, 0x00000006);
    CHECK_EQ(taken, 0x106);
    write(NOT_DWORD - 2, 4, 0x00060000);
    CHECK_EQ(taken, 0x106);
}

static void reads_are_filtered_where_they_overlap(void)
{
    CHECK_EQ(read(FILTERED, 1), UINT64_C(0x11223344556677FD));
    CHECK_EQ(read(FILTERED - 1, 2), UINT64_C(0x112233445566FDFF));
    CHECK_EQ(read(FILTERED - 2, 4), UINT64_C(0xFFFDFFFF));
    CHECK_EQ(read(TAKEN, 1), UINT64_C(0x11223344556677FF));
}

/* Port numbers wrap at 16 bits. */
static void last_port(void)
{
    write(0xFFFF, 4, 0x11223344);
    check_one(0xFFFF, 4, 0x11223344);
}

int main(void)
{
    TEST_RUN(map_follows_rows);
    TEST_RUN(writes_are_filtered_where_they_overlap);
    TEST_RUN(what_a_handler_does_goes_nowhere);
    TEST_RUN(an_aligned_dword_is_another_registers);
    TEST_RUN(reads_are_filtered_where_they_overlap);
    TEST_RUN(last_port);
    TEST_RUN(row_that_boot_adds);
    return test_done();
}
