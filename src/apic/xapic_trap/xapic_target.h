/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which register of the xAPIC page the instruction at the guest's RIP writes. The hardware's word
 * is a hint only: nested KVM reports the page without an offset. The instruction itself says it,
 * where the decoder knows it. Pure but for reading the guest's registers and code.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_TARGET_H
#define APIC_XAPIC_TRAP_XAPIC_TARGET_H

#include "core/insn/insn.h"
#include "core/vcpu.h"

struct xapic_target {
    unsigned offset;  /* in the page; 0, where no register is: not known */
    bool exact;       /* the write is one aligned 32-bit store to a register, by `insn` */
    struct insn insn; /* valid if exact */
};

/* `hint`: the offset that the fault reported, 0 if it reported none. */
struct xapic_target xapic_target_find(struct vcpu *v, unsigned hint);

#endif
