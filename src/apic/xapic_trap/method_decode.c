/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XAPIC_METHOD_DECODE: the instruction is read, its store carried out and the instruction skipped;
 * one exit. What the decoder does not know, or is not a plain 32-bit access to a register, is
 * stepped.
 */
#include "apic/apic_regs.h"
#include "apic/xapic_trap/xapic_method.h"
#include "apic/xapic_trap/xapic_page.h"
#include "core/insn/guest_mem.h"
#include "apic/physical/lapic.h"
#include "core/virt.h"

static bool decode(struct vcpu *v, const struct vm_exit *x, struct insn *insn)
{
    uint8_t bytes[INSN_MAX_LENGTH];

    if (x->fault.walk || x->fault.gpa % APIC_REG_STRIDE)
        return false;
    if (virt_read_reg(v, VREG_DR7) & DR7_ENABLED) /* a breakpoint may watch what it accesses */
        return false;
    if (insn_decode_store(bytes, guest_fetch(v, bytes, sizeof(bytes)), guest_insn_mode(v), insn))
        return false;
    return insn->op_size == sizeof(uint32_t);
}

enum exit_result xapic_method(struct vcpu *v, const struct vm_exit *x)
{
    unsigned offset = (unsigned)(x->fault.gpa - APIC_BASE_PA);
    uint64_t rflags = virt_read_reg(v, VREG_RFLAGS);
    struct insn insn;
    uint64_t old = 0;

    if (!decode(v, x, &insn))
        return xapic_step(v, x);
    if (insn_reads_memory(&insn))
        old = lapic_read(offset);
    uint32_t value = (uint32_t)insn_store_value(&insn, v->gpr, old);
    insn_retire(&insn, v->gpr, old, &rflags);
    virt_write_reg(v, VREG_RFLAGS, rflags);
    virt_skip_bytes(v, insn.length);
    xapic_page_write(v, offset, value);
    return EXIT_RESUME;
}
