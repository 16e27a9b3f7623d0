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

/* Out of line: what a kernel does is mostly plain, and remembered. */
static __attribute__((noinline)) struct xapic_target find(struct vcpu *v, unsigned hint,
                                                          bool writes)
{
    const struct insn *insn;
    struct guest_code code;
    unsigned offset;

    guest_code(v, &code);
    if (insn_cache_decode(&v->stores, &code.bytes, code.size, (enum insn_mode)code.at.bits, &insn))
        return (struct xapic_target){.offset = hint};
    offset = page_offset(v, &code.at, insn);
    /* The instruction in memory may be another than the one that faulted. */
    if ((hint && hint != offset) || writes == (insn->kind == INSN_LOAD))
        return (struct xapic_target){.offset = hint};
    if (insn->op_size != sizeof(uint32_t) || offset % APIC_REG_STRIDE != 0)
        insn = NULL;
    return (struct xapic_target){offset, insn};
}

struct xapic_target xapic_target_find(struct vcpu *v, unsigned hint, bool writes)
{
    const struct insn *insn = guest_plain(v, writes ? INSN_PLAIN_STORE : INSN_PLAIN_LOAD);

    if (insn) {
        const unsigned offset = (unsigned)(insn_plain_address(insn, v->gpr) & ~PAGE_MASK);

        if (offset % APIC_REG_STRIDE == 0 && (hint == 0 || hint == offset))
            return (struct xapic_target){offset, insn};
    }
    return find(v, hint, writes);
}

void xapic_target_load(struct vcpu *v, const struct xapic_target *t, uint32_t value)
{
    const unsigned reg = t->insn->src_reg & 15;

    v->gpr[reg] = value; /* all 64 bits, as each write of 32 bits */
    if (reg == GPR_RSP)
        virt_write_reg(v, VREG_RSP, value);
    virt_skip_bytes(v, t->insn->length);
}
