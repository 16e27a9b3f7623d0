/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IN, OUT, INS and OUTS in all widths, at ports and across ports that Lapwing traps. What INS brings
 * is compared with IN, and what OUTS does with OUT: on a bare machine they are the same too. The
 * keyboard controller's configuration byte shows which commands arrived.
 */
#include <lapwing/string.h>
#include "lib/leaf.h"
#include "lib/trap.h"
#include "lib/user.h"
#include "lib/window.h"
#include "ports/cases.h"

#define PCI_ADDRESS 0xCF8
#define PCI_DATA    0xCFC
#define PORT_DELAY  0x80
#define PAGE_INDEX  60
#define REPEATS     100

static uint8_t pages[2][4096] __attribute__((aligned(4096)));

/* An instruction with DX, RSI, RDI and RCX as it wants them. */
struct regs {
    uint64_t rsi, rdi, rcx;
};

#define STRING_INSN(name, insn)                                                                    \
    static void name(uint16_t port, struct regs *r)                                                \
    {                                                                                              \
        uint64_t rdx = UINT64_C(0xABCD12340000) << 16 | port, before = rdx;                        \
                                                                                                   \
        __asm__ volatile(insn                                                                      \
                         : "+S"(r->rsi), "+D"(r->rdi), "+c"(r->rcx), "+d"(rdx)                     \
                         :                                                                         \
                         : "memory", "cc");                                                        \
        CHECK_EQ(rdx, before);                                                                     \
    }

STRING_INSN(do_outsb, "outsb")
STRING_INSN(do_rep_outsb, "rep outsb")
STRING_INSN(do_rep_outsb_back, "std; rep outsb; cld")
STRING_INSN(do_outsb_addr32, "addr32 outsb")
STRING_INSN(do_outsb_fs, "fs outsb")
STRING_INSN(do_outsw, "outsw")
STRING_INSN(do_outsl, "outsl")
STRING_INSN(do_insb, "insb")
STRING_INSN(do_insw, "insw")
STRING_INSN(do_insl, "insl")
STRING_INSN(do_rep_insb, "rep insb")
STRING_INSN(do_rep_insb_back, "std; rep insb; cld")

uint64_t in_of_width(uint16_t port, unsigned width)
{
    uint64_t rax = UINT64_C(0x1122334455667788);

    if (width == 1)
        __asm__ volatile("inb %%dx, %%al" : "+a"(rax) : "d"(port));
    else if (width == 2)
        __asm__ volatile("inw %%dx, %%ax" : "+a"(rax) : "d"(port));
    else
        __asm__ volatile("inl %%dx, %%eax" : "+a"(rax) : "d"(port));
    return rax;
}

/* What becomes of the rest of RAX. */
void case_in(void)
{
    const uint8_t byte = inb(PORT_FAST);

    CHECK_EQ(in_of_width(PORT_FAST, 1), UINT64_C(0x1122334455667700) | byte);
    CHECK_EQ(in_of_width(PORT_FAST, 2) >> 16, UINT64_C(0x112233445566));
    CHECK_EQ(in_of_width(PORT_FAST, 4) >> 32, 0);
}

/* The address of PCI configuration covers CF9H and is not the reset control register. */
void case_pci(void)
{
    const bool lapwing = under_lapwing();
    uint32_t id;

    outl(PCI_ADDRESS, 0x80000000);
    CHECK_EQ(inl(PCI_ADDRESS), 0x80000000);
    id = inl(PCI_DATA);
    CHECK(id != 0 && id != 0xFFFFFFFF);
    outl(PCI_ADDRESS, 0x80000604); /* 06H would reset the machine, and 04H the CPUs */
    CHECK_EQ(inl(PCI_ADDRESS), 0x80000604);
    outl(PCI_ADDRESS, 0x80000404);
    CHECK_EQ(inl(PCI_ADDRESS), 0x80000404);
    outl(PCI_ADDRESS, 0x80000000);
    CHECK_EQ(inl(PCI_DATA), id);
    outb(PORT_CF9, 0);
    check_all(lapwing);
}

/*
 * Bytes that are harmless wherever they get to: TCG hands those behind port 92H to port 92H too.
 * Lapwing must not let it.
 */
void case_unaligned(void)
{
    const bool lapwing = under_lapwing();
    const uint32_t fast = (uint32_t)(inb(PORT_FAST) | FAST_A20) & ~UINT32_C(FAST_RESET);

    outw(PORT_FAST - 1, (uint16_t)(fast << 8 | fast));
    outw(PORT_FAST, (uint16_t)(fast << 8 | fast));
    outl(PORT_FAST - 1, fast * 0x01010101);
    outl(PORT_FAST - 2, fast * 0x01010101);
    outw(KBC_COMMAND - 1, KBC_KEYBOARD_ON << 8);
    outw(KBC_COMMAND, KBC_KEYBOARD_ON);
    outl(KBC_COMMAND - 1, KBC_KEYBOARD_ON << 8);
    outw(PORT_CF9, 0);
    outl(PORT_CF9, 0);
    if (lapwing) {
        outw(PORT_FAST, (uint16_t)fast);
        outl(PORT_FAST, fast | FAST_RESET << 8);
    }
    CHECK(inb(PORT_FAST) & FAST_A20);
    CHECK(!keyboard_is_off());
    check_all(lapwing);
}

static void check_ins(void (*ins)(uint16_t, struct regs *), uint16_t port, unsigned width)
{
    struct regs r = {.rdi = (uintptr_t)pages[0]};
    const uint64_t want = in_of_width(port, width);

    memset(pages[0], 0x5A, 8);
    ins(port, &r);
    tap_check(memcmp(pages[0], &want, width) == 0, "INS of %u bytes at port %x", width, port);
    CHECK_EQ(pages[0][width], 0x5A);
    CHECK_EQ(r.rdi, (uintptr_t)pages[0] + width);
}

void case_strings(void)
{
    static uint8_t commands[] = {KBC_KEYBOARD_ON, KBC_KEYBOARD_OFF, KBC_READ_CONFIG};
    struct regs r = {.rsi = (uintptr_t)&commands[1]};

    check_ins(do_insb, PORT_FAST, 1);
    check_ins(do_insw, PORT_FAST, 2);
    check_ins(do_insw, PORT_FAST - 1, 2);
    check_ins(do_insl, PORT_FAST - 2, 4);
    check_ins(do_insb, KBC_COMMAND, 1);
    do_outsb(KBC_COMMAND, &r);
    CHECK_EQ(r.rsi, (uintptr_t)&commands[2]);
    CHECK(keyboard_is_off());
    r = (struct regs){.rsi = (uintptr_t)commands, .rcx = 1};
    do_rep_outsb(KBC_COMMAND, &r);
    CHECK_EQ(r.rcx, 0);
    CHECK(!keyboard_is_off());
    /* A command by OUTS, and its answer by INS. */
    r = (struct regs){.rsi = (uintptr_t)&commands[2], .rdi = (uintptr_t)pages[0]};
    do_outsb(KBC_COMMAND, &r);
    (void)kbc_read();
    do_insb(KBC_DATA, &r);
    CHECK_EQ(pages[0][0], inb(KBC_DATA));
    memcpy(pages[0], &(uint32_t){0}, 4);
    r.rsi = (uintptr_t)pages[0];
    do_outsw(PORT_CF9, &r);
    do_outsl(PORT_CF9, &r);
    CHECK_EQ(r.rsi, (uintptr_t)pages[0] + 6);
}

/* The last of several commands counts. */
void case_string_registers(void)
{
    uint8_t *at = &pages[0][100];
    struct regs r = {.rsi = (uintptr_t)at, .rcx = 2};

    at[0] = KBC_KEYBOARD_ON;
    at[1] = KBC_KEYBOARD_OFF;
    do_rep_outsb(KBC_COMMAND, &r);
    CHECK_EQ(r.rcx, 0);
    CHECK_EQ(r.rsi, (uintptr_t)at + 2);
    CHECK(keyboard_is_off());
    r = (struct regs){.rsi = (uintptr_t)at + 1, .rcx = 2};
    do_rep_outsb_back(KBC_COMMAND, &r);
    CHECK_EQ(r.rsi, (uintptr_t)at - 1);
    CHECK(!keyboard_is_off());
    r = (struct regs){.rsi = (uintptr_t)at + 1, .rcx = 0};
    do_rep_outsb(KBC_COMMAND, &r); /* nothing */
    CHECK_EQ(r.rsi, (uintptr_t)at + 1);
    CHECK(!keyboard_is_off());
    r = (struct regs){.rsi = UINT64_C(0xFFFFFFFF00000000) | ((uintptr_t)at + 1)};
    do_outsb_addr32(KBC_COMMAND, &r);
    CHECK_EQ((uint32_t)r.rsi, (uintptr_t)at + 2);
    CHECK(keyboard_is_off());
    wrmsr(MSR_FS_BASE, (uintptr_t)pages[0]);
    r = (struct regs){.rsi = 100};
    do_outsb_fs(KBC_COMMAND, &r);
    wrmsr(MSR_FS_BASE, 0);
    CHECK(!keyboard_is_off());
    memset(pages[0], 0x5A, 8);
    r = (struct regs){.rdi = (uintptr_t)pages[0] + 1, .rcx = 3};
    do_rep_insb(PORT_FAST, &r);
    CHECK_EQ(r.rdi, (uintptr_t)pages[0] + 4);
    CHECK(pages[0][1] == inb(PORT_FAST) && pages[0][3] == pages[0][1] && pages[0][4] == 0x5A);
    r = (struct regs){.rdi = (uintptr_t)pages[0] + 6, .rcx = 2};
    do_rep_insb_back(PORT_FAST, &r);
    CHECK(pages[0][4] == 0x5A && pages[0][5] == pages[0][1] && pages[0][6] == pages[0][1]);
}

static void fault_outsb(void *arg)
{
    do_rep_outsb(KBC_COMMAND, arg);
}

static void fault_insb(void *arg)
{
    do_insb(PORT_FAST, arg);
}

static void fault_insw(void *arg)
{
    do_insw(PORT_FAST, arg);
}

/* Pages that are not there or read-only, an address that is not canonical, and two pages. */
void case_string_faults(void)
{
    const uint64_t va = window_map(PAGE_INDEX, (uintptr_t)pages[0], WINDOW_WRITE);
    struct fault fault;
    struct regs r = {.rsi = va + 4095, .rcx = 2};

    window_unmap(PAGE_INDEX + 1);
    pages[0][4095] = KBC_KEYBOARD_OFF;
    pages[1][0] = KBC_KEYBOARD_ON;
    CHECK(trap_call(fault_outsb, &r, &fault) && fault.vector == VECTOR_PF);
    CHECK_EQ(fault.cr2, va + 4096);
    CHECK_EQ(fault.error, 0);
    CHECK_EQ(fault.rcx, 1);
    CHECK_EQ(fault.rsi, va + 4096);
    CHECK(keyboard_is_off()); /* the first byte was written */
    window_map(PAGE_INDEX + 1, (uintptr_t)pages[1], 0);
    r = (struct regs){.rsi = fault.rsi, .rcx = fault.rcx};
    CHECK(!trap_call(fault_outsb, &r, &fault));
    CHECK(!keyboard_is_off());
    r = (struct regs){.rdi = va + 4096};
    CHECK(trap_call(fault_insb, &r, &fault) && fault.vector == VECTOR_PF);
    CHECK_EQ(fault.error, 3);
    CHECK_EQ(fault.rdi, va + 4096);
    CHECK_EQ(pages[1][0], KBC_KEYBOARD_ON);
    r = (struct regs){.rdi = UINT64_C(1) << 60};
    CHECK(trap_call(fault_insb, &r, &fault) && fault.vector == VECTOR_GP);
    window_map(PAGE_INDEX + 1, (uintptr_t)pages[1], WINDOW_WRITE);
    r = (struct regs){.rdi = va + 4095};
    CHECK(!trap_call(fault_insw, &r, &fault));
    CHECK_EQ(pages[0][4095], in_of_width(PORT_FAST, 2) & 0xFF);
    CHECK_EQ(pages[1][0], in_of_width(PORT_FAST, 2) >> 8 & 0xFF);
    window_unmap(PAGE_INDEX);
    window_unmap(PAGE_INDEX + 1);
}

static void user(void *arg)
{
    user_run(arg, 0);
}

/* Ring 3 has no right to any port. */
void case_user(void)
{
    static const uint8_t codes[][4] = {{0xE4, 0x92}, {0xE6, 0x92}, {0xE4, 0x60}, {0xE6, 0x64}};

    for (unsigned i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        struct fault fault;

        CHECK(trap_call(user, (void *)(uintptr_t)codes[i], &fault) && fault.vector == VECTOR_GP);
        CHECK_EQ(fault.rip, (uintptr_t)codes[i]);
    }
}

/* A port that is not trapped costs nothing, one that is costs one exit. */
void case_cost(void)
{
    uint64_t exits = leaf_other_exits(), start = rdtsc(), in_out;

    for (unsigned i = 0; i < REPEATS; i++)
        outb(PORT_DELAY, 0);
    in_out = (rdtsc() - start) / REPEATS;
    CHECK_EQ(leaf_other_exits(), exits);
    exits = leaf_counter("io");
    start = rdtsc();
    for (unsigned i = 0; i < REPEATS; i++)
        (void)inb(PORT_FAST);
    start = (rdtsc() - start) / REPEATS;
    CHECK_EQ(leaf_counter("io") - exits, under_lapwing() ? REPEATS : 0);
    tap_next("%lu ticks at port 92H, %lu at port 80H", (unsigned long)start, (unsigned long)in_out);
    CHECK(start > 0);
}
