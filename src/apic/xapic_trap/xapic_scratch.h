/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scratch page that stands in for the xAPIC page while an instruction is stepped over, and the
 * replay of what the instruction left there. Knows no LAPIC: who fills and who is written to is the
 * caller's, physical or virtual. One for each CPU, and its own CPU's only.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_SCRATCH_H
#define APIC_XAPIC_TRAP_XAPIC_SCRATCH_H

#include "apic/apic_regs.h"
#include "apic/xapic_trap/xapic_target.h"

#define XAPIC_SCRATCH_SLOTS ((unsigned)(PAGE_SIZE / APIC_REG_STRIDE))

struct xapic_scratch {
    uint32_t page[PAGE_SIZE / sizeof(uint32_t)]; /* first: it is mapped */
    uint32_t before[XAPIC_SCRATCH_SLOTS];
    unsigned target; /* this register is written in any case; PAGE_SIZE: none is */
    bool exact;      /* and no other */
};

/*
 * What the guest would read at `offset`. False: nothing that could be read there, 0 to the guest.
 */
typedef bool xapic_read_fn(struct vcpu *v, unsigned offset, uint32_t *value);
/* A guest's 32-bit write. */
typedef void xapic_write_fn(struct vcpu *v, unsigned offset, uint32_t value);

/*
 * Prepares the page for the instruction that `t` describes. A store that is known exactly reads
 * nothing, or its own register; for any other one all registers are copied.
 */
void xapic_scratch_fill(struct vcpu *v, struct xapic_scratch *s, const struct xapic_target *t,
                        xapic_read_fn *read);
/* For an instruction that reads the page and writes elsewhere. */
void xapic_scratch_fill_for_read(struct vcpu *v, struct xapic_scratch *s, xapic_read_fn *read);

/*
 * Writes what has changed, in rising order, and the target, changed or not. ICR_LO goes last: it
 * sends to where ICR_HI says, and one instruction may have written both.
 */
void xapic_scratch_replay(struct vcpu *v, const struct xapic_scratch *s, xapic_write_fn *write);

#endif
