/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which register of the xAPIC page the instruction at the guest's RIP accesses. The offset that the
 * hardware reports is only a hint, because nested KVM reports the page without an offset. The
 * decoder takes the offset from the instruction if it knows the instruction.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_TARGET_H
#define APIC_XAPIC_TRAP_XAPIC_TARGET_H

#include "core/insn/insn.h"
#include "core/vcpu.h"

struct xapic_target {
    unsigned offset; /* in the page, in bytes; 0: not known (no register is there) */
    /*
     * One aligned 32-bit store to a register, or one load from it into a general register. NULL: any
     * other instruction. In v->stores, until the next instruction is decoded.
     */
    const struct insn *insn;
};

/*
 * Finds the target of the access, which is a write or a read. `hint` is the offset that the fault
 * reported; 0: none reported.
 */
struct xapic_target xapic_target_find(struct vcpu *v, unsigned hint, bool writes);

/* Carries out the load `t->insn` of `value`, and moves RIP. */
void xapic_target_load(struct vcpu *v, const struct xapic_target *t, uint32_t value);

#endif
