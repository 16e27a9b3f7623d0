/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scratch page that replaces the xAPIC page while one instruction is stepped, and the replay of
 * what the instruction wrote there. The caller's functions read and write the LAPIC, which may be
 * physical or virtual. Each CPU has one scratch page, which only this CPU touches.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_SCRATCH_H
#define APIC_XAPIC_TRAP_XAPIC_SCRATCH_H

#include "apic/apic_regs.h"
#include "apic/xapic_trap/xapic_target.h"

#define XAPIC_SCRATCH_SLOTS ((unsigned)(PAGE_SIZE / APIC_REG_STRIDE))

struct xapic_scratch {
    uint32_t page[PAGE_SIZE / sizeof(uint32_t)]; /* the first field, because it is mapped */
    uint32_t before[XAPIC_SCRATCH_SLOTS];
    unsigned target; /* the register that is written in any case; PAGE_SIZE: none */
    bool exact;      /* no other register than `target` is written */
};

/*
 * Reads what the guest would read at `offset` (bytes). Returns false if nothing can be read there;
 * the guest then reads 0.
 */
typedef bool xapic_read_fn(struct vcpu *v, unsigned offset, uint32_t *value);
/* Does a guest's 32-bit write. */
typedef void xapic_write_fn(struct vcpu *v, unsigned offset, uint32_t value);

/*
 * Prepares the page for the instruction that `t` describes. An exact store needs no register, or
 * only its own if it reads memory. Any other instruction gets a copy of all registers.
 */
void xapic_scratch_fill(struct vcpu *v, struct xapic_scratch *s, const struct xapic_target *t,
                        xapic_read_fn *read);
/* Prepares the page for an instruction that reads the page and writes elsewhere. */
void xapic_scratch_fill_for_read(struct vcpu *v, struct xapic_scratch *s, xapic_read_fn *read);

/*
 * Writes every register that has changed, in rising order, and the target in any case. ICR_LO goes
 * last, because it sends to the destination in ICR_HI, and one instruction may have written both.
 */
void xapic_scratch_replay(struct vcpu *v, const struct xapic_scratch *s, xapic_write_fn *write);

#endif
