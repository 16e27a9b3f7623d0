/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the register that an access to the xAPIC page means; see xapic_target.h. No state. */
#include "apic/xapic_trap/xapic_target.h"

#include "apic/apic_regs.h"
#include "core/guest_mem.h"
#include "core/virt.h"

/* Returns the access's offset in the page. Paging keeps the lowest 12 bits of a linear address. */
static unsigned page_offset(struct vcpu *v, const struct virt_code *c, const struct insn *insn)
{
    uint64_t offset = insn_address(insn, v->gpr, c->rip);

    if (c->bits != 64 || insn->seg >= INSN_FS) /* others have no base in 64-bit mode */
        offset = guest_linear(v, insn->seg, offset);
    return (unsigned)(offset & ~PAGE_MASK);
}

struct xapic_target xapic_target_find(struct vcpu *v, unsigned hint, bool writes)
{
    struct xapic_target t = {.offset = hint};
    struct guest_code code;
    unsigned offset;

    guest_code(v, &code);
    if (insn_cache_decode(&v->stores, &code.bytes, code.size, (enum insn_mode)code.at.bits,
                          &t.insn))
        return t;
    offset = page_offset(v, &code.at, t.insn);
    /* The instruction in memory may be another than the one that faulted. */
    if ((hint && hint != offset) || writes == (t.insn->kind == INSN_LOAD))
        return t;
    t.offset = offset;
    if (t.insn->op_size == sizeof(uint32_t) && offset % APIC_REG_STRIDE == 0) {
        t.load = !writes;
        t.exact = writes;
    }
    return t;
}

void xapic_target_load(struct vcpu *v, const struct xapic_target *t, uint32_t value)
{
    v->gpr[t->insn->src_reg & 15] = value; /* all 64 bits, as each write of 32 bits */
    virt_skip_bytes(v, t->insn->length);
}
