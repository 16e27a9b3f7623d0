/* SPDX-License-Identifier: GPL-2.0-only */
/* One instruction on the LAPIC page, of any width, at any offset. */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"

void kind_access(struct random *r)
{
    struct regs regs = {.rax = random_value(r, 0), .rdx = random_value(r, 0)};

    memcpy(code_ram, &regs.rax, sizeof(regs.rax));
    for (unsigned i = 1 + random_below(r, 3); i > 0; i--) {
        struct place p = random_one_in(r, 4) ? place_load(r) : place_store(r);
        struct code code = code_begin();

        regs.rcx = random_below(r, 32);
        regs.rsi = (uintptr_t)code_ram;
        regs.rdi = LAPIC_BASE + p.offset;
        code_add(&code, p.insn);
        code_run(&code, &regs);
    }
}
