/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of code. State: the page and the RAM, of the subject only. */
#include "fuzz/code.h"

#include <lapwing/string.h>

#define RET 0xC3

static uint8_t page[CODE_BYTES] __attribute__((aligned(4096)));
uint8_t code_ram[CODE_BYTES] __attribute__((aligned(4096)));

struct code code_begin(void)
{
    return (struct code){.page = page};
}

void code_add_bytes(struct code *code, const void *bytes, unsigned size)
{
    memcpy(code->page + code->used, bytes, size);
    code->used += size;
}

void code_add(struct code *code, const struct insn *insn)
{
    code_add_bytes(code, insn->bytes, insn->size);
}

void code_call(struct code *code, uint64_t va, struct regs *regs)
{
    code->page[code->used] = RET;
    __asm__ volatile("call *%[va]"
                     : "+a"(regs->rax), "+c"(regs->rcx), "+d"(regs->rdx), "+S"(regs->rsi),
                       "+D"(regs->rdi)
                     : [va] "r"(va)
                     : "rbx", "r8", "r9", "r10", "r11", "memory", "cc");
}

void code_run(struct code *code, struct regs *regs)
{
    code_call(code, (uintptr_t)code->page, regs);
}
