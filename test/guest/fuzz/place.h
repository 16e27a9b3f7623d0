/* SPDX-License-Identifier: GPL-2.0-only */
/* Which instruction may touch which part of the LAPIC page. */
#ifndef GUEST_FUZZ_PLACE_H
#define GUEST_FUZZ_PLACE_H

#include "fuzz/code.h"

/*
 * Draws an instruction and an offset that fit: no store meets the registers whose values are
 * chosen (icr.c, registers.c), and none is what a bare machine does not survive.
 */
struct place {
    const struct insn *insn;
    unsigned offset;
};

struct place place_store(struct random *r);
struct place place_load(struct random *r);

/* A register of the page by its offset; often one that exists. */
unsigned place_register(struct random *r);

/* Must nothing be written to this register, since the LAPIC is Bochs'? */
bool place_ends_bochs(unsigned offset);

/* Does this machine stand accesses that are not 32 bits wide and aligned to 16 bytes? */
bool place_odd_ok(void);

#endif
