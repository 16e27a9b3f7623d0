/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine code that a step puts together and calls. */
#ifndef GUEST_FUZZ_CODE_H
#define GUEST_FUZZ_CODE_H

#include "fuzz/random.h"

/* An instruction, or some that belong together. RDI points to the target, RSI to RAM. */
struct insn {
    uint8_t size;
    uint8_t width;  /* bytes of memory at RDI; 0: none */
    uint8_t before; /* bytes below RDI */
    uint8_t bytes[10];
};

struct regs {
    uint64_t rax, rcx, rdx, rsi, rdi;
};

/* insns.c: stores to (RDI), read-modify-writes among them; loads; and what touches no memory. */
const struct insn *insn_store(struct random *r);
const struct insn *insn_store_32(struct random *r); /* exactly EAX, to an aligned address */
const struct insn *insn_load(struct random *r);
const struct insn *insn_other(struct random *r);

#define CODE_BYTES 4096

/* code.c: a page of code of the subject's. */
struct code {
    uint8_t *page;
    unsigned used;
};

struct code code_begin(void);
void code_add(struct code *code, const struct insn *insn);
void code_add_bytes(struct code *code, const void *bytes, unsigned size);

/* Appends RET and calls the page at `va`, where it is mapped. RAM is for RSI. */
void code_call(struct code *code, uint64_t va, struct regs *regs);
void code_run(struct code *code, struct regs *regs);

extern uint8_t code_ram[CODE_BYTES]; /* a page */

#endif
