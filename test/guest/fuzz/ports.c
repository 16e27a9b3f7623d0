/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports, by IN, OUT and their string forms, with the LAPIC page as the string's memory too. Left
 * out: what resets the machine, switches it off or enters SMM, and bare what moves A20; the masks of
 * the PIC; wide accesses of COM1, which stop QEMU; data for CMOS RAM, since Bochs ends at a divider
 * of the clock that it lacks.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"

#define COM1_LCR 0x3FB
#define LCR_8N1  0x03
#define LCR_DLAB 0x80

#define CMOS_INDEX       0x70
#define KBC_DATA         0x60
#define KBC_COMMAND      0x64
#define KBC_WRITE_OUTPUT 0xD1

static const uint16_t inputs[] = {0x20, 0x21, 0xA0,  0xA1,  0x40,  0x42, 0x61, 0x71,
                                  0x80, 0x64, 0xCF8, 0xCFC, 0x4D0, 0xED, 0x3DA};
/* Not CF8H: two bytes there are one for CF9H. */
static const uint16_t outputs[] = {0x80, 0xED, 0x42, CMOS_INDEX};

/* IN and OUT of each width; INS and OUTS with and without REP. DX is the port. */
static const uint8_t in_insns[][3] = {{0xEC}, {0x66, 0xED}, {0xED},      {0x6C},
                                      {0x6D}, {0xF3, 0x6C}, {0xF3, 0x6D}};
static const uint8_t out_insns[][3] = {{0xEE}, {0x66, 0xEF}, {0xEF},      {0x6E},
                                       {0x6F}, {0xF3, 0x6E}, {0xF3, 0x6F}};

static unsigned length(const uint8_t *insn)
{
    return insn[1] ? 2 : 1;
}

static void run(struct random *r, const uint8_t *insn, uint16_t port, uint64_t memory)
{
    struct regs regs = {.rax = random_64(r), .rcx = random_below(r, 4), .rdx = port};
    struct code code = code_begin();

    regs.rsi = regs.rdi = memory;
    code_add_bytes(&code, insn, length(insn));
    code_run(&code, &regs);
}

static uint64_t any_memory(struct random *r)
{
    if (!place_odd_ok() || plan.bochs_lapic || random_one_in(r, 2))
        return (uintptr_t)code_ram;
    return LAPIC_BASE + (random_one_in(r, 2) ? LAPIC_TPR : 0x400);
}

/* Ports that reset or move A20: bits that a write must not have, and that it must have when bare. */
static const struct gate {
    uint16_t port;
    uint8_t never, always;
} gates[] = {
    {0x92, 0x01, 0x02},
    {0xCF9, 0x04, 0x00},
};

static void write_gate(struct random *r)
{
    const struct gate *g = &RANDOM_OF(r, gates);
    const uint8_t value = (uint8_t)random_64(r) & (uint8_t)~g->never;

    outb(g->port, plan.bare ? value | g->always : value);
}

/* A command of the 8042, with data for its output port; bit 0 there is the reset. */
static void write_8042(struct random *r)
{
    static const uint8_t commands[] = {0x20, 0xAD, 0xAE, 0xC0, KBC_WRITE_OUTPUT, 0xDF, 0xFF};
    const uint8_t command = RANDOM_OF(r, commands);

    (void)inb(KBC_DATA);
    outb(KBC_COMMAND, command);
    if (command == KBC_WRITE_OUTPUT)
        outb(KBC_DATA, (uint8_t)random_64(r) | (plan.bare ? 0x03 : 0x01));
    (void)inb(KBC_DATA);
}

/* With the divisor latch open, for as long as a few exits take. */
static void open_latch(struct random *r)
{
    outb(COM1_LCR, LCR_8N1 | LCR_DLAB);
    for (unsigned i = random_below(r, 4); i > 0; i--)
        (void)cpuid(random_below(r, 8), 0);
    outb(COM1_LCR, LCR_8N1);
}

static void write_port(struct random *r)
{
    const uint16_t port = RANDOM_OF(r, outputs);
    const uint8_t *insn = RANDOM_OF(r, out_insns);

    run(r, port == CMOS_INDEX ? out_insns[0] : insn, port, any_memory(r));
}

void kind_port(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:
        open_latch(r);
        break;
    case 1:
        write_gate(r);
        break;
    case 2:
        write_8042(r);
        break;
    case 3:
        write_port(r);
        break;
    default:
        run(r, RANDOM_OF(r, in_insns), RANDOM_OF(r, inputs), any_memory(r));
        break;
    }
}
