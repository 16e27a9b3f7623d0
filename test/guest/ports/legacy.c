/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * String forms outside of 64-bit code, where registers are 16 or 32 bits wide, and the guest's own
 * single step through a repeated one.
 */
#include <lapwing/string.h>
#include "lib/leaf.h"
#include "lib/trap.h"
#include "ports/cases.h"

#define CODE16_PAGE 0xA000 /* below 1 MiB, beside the trampoline's */
#define OPERAND     0xA800
#define JUNK        0x7FFF0000U /* in the upper half of a register that counts 16 bits */

#define EFLAGS_RF BIT(16)

/* Leaving 64-bit code makes bits 63:32 undefined, so they stay 0. */
struct regs16 {
    uint64_t rsi, rdi, rcx, rdx;
};

void code16_run(uint64_t low_page, const void *piece, struct regs16 *regs);
extern const uint8_t code16_outsb[], code16_rep_outsb[], code16_rep_outsb_addr32[],
    code16_es_outsb[], code16_insb[], code16_insw[], code16_rep_insb_back[];

static volatile uint8_t *operand(void)
{
    uintptr_t at = OPERAND;

    __asm__("" : "+r"(at)); /* a small constant is no null pointer */
    return (volatile uint8_t *)at;
}

static struct regs16 run(const uint8_t *piece, uint16_t port, uint32_t offset, uint32_t count)
{
    struct regs16 r = {.rsi = offset, .rdi = offset, .rcx = count, .rdx = JUNK | port};

    irq_disable();
    code16_run(CODE16_PAGE, piece, &r);
    irq_enable();
    CHECK_EQ(r.rdx, JUNK | port);
    return r;
}

void case_strings_16bit(void)
{
    volatile uint8_t *at = operand();
    struct regs16 r;

    at[0] = KBC_KEYBOARD_OFF;
    at[1] = KBC_KEYBOARD_ON;
    r = run(code16_outsb, KBC_COMMAND, JUNK | OPERAND, JUNK);
    CHECK_EQ(r.rsi, JUNK | (OPERAND + 1));
    CHECK_EQ(r.rdi, JUNK | OPERAND);
    CHECK(keyboard_is_off());
    r = run(code16_rep_outsb, KBC_COMMAND, JUNK | OPERAND, JUNK | 2);
    CHECK_EQ(r.rsi, JUNK | (OPERAND + 2));
    CHECK_EQ(r.rcx, JUNK);
    CHECK(!keyboard_is_off());
    r = run(code16_rep_outsb_addr32, KBC_COMMAND, OPERAND, 1);
    CHECK_EQ(r.rsi, OPERAND + 1);
    CHECK_EQ(r.rcx, 0);
    CHECK(keyboard_is_off());
    r = run(code16_es_outsb, KBC_COMMAND, JUNK | (OPERAND + 1), 0);
    CHECK_EQ(r.rsi, JUNK | (OPERAND + 2));
    CHECK(!keyboard_is_off());
    at[0] = at[1] = at[2] = at[3] = 0x5A;
    r = run(code16_insb, PORT_FAST, JUNK | OPERAND, 0);
    CHECK_EQ(r.rdi, JUNK | (OPERAND + 1));
    CHECK(at[0] == inb(PORT_FAST) && at[1] == 0x5A);
    r = run(code16_insw, PORT_FAST, JUNK | OPERAND, 0);
    CHECK_EQ(r.rdi, JUNK | (OPERAND + 2));
    CHECK_EQ((uint16_t)(at[1] << 8 | at[0]), (uint16_t)in_of_width(PORT_FAST, 2));
    CHECK_EQ(at[2], 0x5A);
    at[0] = 0x5A;
    r = run(code16_rep_insb_back, PORT_FAST, JUNK | (OPERAND + 2), JUNK | 2);
    CHECK_EQ(r.rdi, JUNK | OPERAND);
    CHECK_EQ(r.rcx, JUNK);
    CHECK(at[2] == inb(PORT_FAST) && at[1] == at[2] && at[0] == 0x5A && at[3] == 0x5A);
}

static struct {
    unsigned count;
    uint64_t rip[8], flags[8];
} traps;

static void on_debug(struct trap_frame *frame)
{
    if (traps.count < sizeof(traps.rip) / sizeof(traps.rip[0])) {
        traps.rip[traps.count] = frame->rip;
        traps.flags[traps.count] = frame->rflags;
    }
    traps.count++;
}

/*
 * TF traps after each iteration. RIP is at the instruction until it is done. TCG itself traps once
 * more, when it finds that the count is 0.
 */
void case_string_trap(void)
{
    const unsigned iterations = bare_tcg() ? 4 : 3;
    volatile uint8_t *at = operand();
    uint64_t rsi = OPERAND, rcx = 3, insn;

    at[0] = at[1] = at[2] = KBC_KEYBOARD_ON;
    traps.count = 0;
    trap_set_handler(VECTOR_DB, on_debug);
    __asm__ volatile("lea 1f(%%rip), %2; pushfq; orl $0x100, (%%rsp); popfq;"
                     "1: rep outsb; pushfq; andl $~0x100, (%%rsp); popfq"
                     : "+S"(rsi), "+c"(rcx), "=&r"(insn)
                     : "d"(KBC_COMMAND)
                     : "memory", "cc");
    CHECK_EQ(rcx, 0);
    CHECK_EQ(rsi, OPERAND + 3);
    CHECK_EQ(traps.count, iterations + 3); /* then PUSHF, AND and POPF */
    CHECK(traps.rip[0] == insn && traps.rip[1] == insn);
    CHECK_EQ(traps.rip[iterations - 1], insn + 2);
    CHECK(!(traps.flags[iterations - 1] & EFLAGS_RF));
}
