/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XAPIC_METHOD_DECODE: Lapwing reads the instruction, carries out its store and skips it, with one
 * exit. An instruction that the decoder does not know, or that is no plain 32-bit access to a
 * register, is stepped. No state, no lock.
 */
#include "apic/xapic_trap/xapic_method.h"
#include "apic/xapic_trap/xapic_page.h"
#include "core/virt.h"

/* Returns the value that an instruction other than MOV stores, and does what else it does. */
static uint32_t carry_out(struct vcpu *v, const struct xapic_target *t)
{
    uint64_t rflags = virt_read_reg(v, VREG_RFLAGS);
    uint32_t old = 0, value;

    if (insn_reads_memory(t->insn) && !xapic_page_read(v, t->offset, &old))
        old = 0;
    value = (uint32_t)insn_store_value(t->insn, v->gpr, old);
    insn_retire(t->insn, v->gpr, old, &rflags);
    virt_write_reg(v, VREG_RFLAGS, rflags);
    virt_write_reg(v, VREG_RSP, v->gpr[GPR_RSP]); /* XCHG may have written it */
    return value;
}

enum exit_result xapic_method(struct vcpu *v, const struct xapic_target *t)
{
    uint32_t value;

    /* A breakpoint may watch the memory that the instruction accesses; only a step serves it. */
    if (!t->insn || v->step.active || virt_breakpoints_enabled(v))
        return xapic_step(v, t);
    value = t->insn->kind == INSN_MOV ? insn_plain_value(t->insn, v->gpr) : carry_out(v, t);
    virt_skip_bytes(v, t->insn->length);
    xapic_page_write(v, t->offset, value);
    return EXIT_RESUME;
}
