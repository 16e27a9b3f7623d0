/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports, by IN, OUT and their string forms, with the LAPIC page as the string's memory too. Left
 * out: what resets the machine, switches it off, moves A20 or enters SMM; the masks of the PIC; wide accesses of COM1, which stop QEMU.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "lib/leaf.h"

#define COM1_LCR 0x3FB
#define LCR_8N1  0x03
#define LCR_DLAB 0x80

static const uint16_t inputs[] = {0x20, 0x21, 0xA0,  0xA1,  0x40,  0x42, 0x61, 0x71,
                                  0x80, 0x64, 0xCF8, 0xCFC, 0x4D0, 0xED, 0x3DA};
static const uint16_t outputs[] = {0x80, 0xED, 0x42, 0x70, 0xCF8};

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
    if (!place_odd_ok() || lapic_is_bochs() || random_one_in(r, 2))
        return (uintptr_t)code_ram;
    return LAPIC_BASE + (random_one_in(r, 2) ? LAPIC_TPR : 0x400);
}

/* With the divisor latch open, for as long as a few exits take. */
static void open_latch(struct random *r)
{
    outb(COM1_LCR, LCR_8N1 | LCR_DLAB);
    for (unsigned i = random_below(r, 4); i > 0; i--)
        (void)cpuid(random_below(r, 8), 0);
    outb(COM1_LCR, LCR_8N1);
}

void kind_port(struct random *r)
{
    switch (random_below(r, 8)) {
    case 0:
        open_latch(r);
        break;
    case 1:
    case 2:
    case 3:
        run(r, RANDOM_OF(r, out_insns), RANDOM_OF(r, outputs), any_memory(r));
        break;
    default:
        run(r, RANDOM_OF(r, in_insns), RANDOM_OF(r, inputs), any_memory(r));
        break;
    }
}
