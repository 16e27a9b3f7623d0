/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the register that a write to the xAPIC page means; see xapic_target.h. No state. */
#include "apic/xapic_trap/xapic_target.h"

#include "apic/apic_regs.h"
#include "core/guest_mem.h"
#include "core/virt.h"

/* Returns the access's offset in the page. Paging keeps the lowest 12 bits of a linear address. */
static unsigned page_offset(struct vcpu *v, const struct insn *insn, enum insn_mode mode)
{
    static const enum virt_seg segs[] = {
        [INSN_ES] = VSEG_ES, [INSN_CS] = VSEG_CS, [INSN_SS] = VSEG_SS,
        [INSN_DS] = VSEG_DS, [INSN_FS] = VSEG_FS, [INSN_GS] = VSEG_GS,
    };
    uint64_t address = insn_address(insn, v->gpr, virt_read_reg(v, VREG_RIP));
    struct virt_segment seg;

    if (mode != INSN_MODE_64 || insn->seg >= INSN_FS) {
        virt_read_segment(v, segs[insn->seg], &seg);
        address += seg.base;
    }
    return (unsigned)(address & ~PAGE_MASK);
}

struct xapic_target xapic_target_find(struct vcpu *v, unsigned hint)
{
    struct xapic_target t = {.offset = hint};
    const enum insn_mode mode = guest_insn_mode(v);
    uint8_t bytes[INSN_MAX_LENGTH];
    unsigned offset;

    if (insn_decode_store(bytes, guest_fetch(v, bytes, sizeof(bytes)), mode, &t.insn))
        return t;
    offset = page_offset(v, &t.insn, mode);
    if (hint && hint != offset) /* the instruction in memory is not the one that faulted */
        return t;
    t.offset = offset;
    t.exact = t.insn.op_size == sizeof(uint32_t) && offset % APIC_REG_STRIDE == 0;
    return t;
}
