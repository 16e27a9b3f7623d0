/* SPDX-License-Identifier: GPL-2.0-only */
/* The scratch page of a step; see xapic_scratch.h, which says who owns it. */
#include "apic/xapic_trap/xapic_scratch.h"

#include <lapwing/string.h>
#include "apic/icr.h"

#define NO_TARGET   ((unsigned)PAGE_SIZE)
#define EOI_MARKER  UINT32_C(0x4C415057)
#define ICR_LO_SLOT (APIC_REG_ICR_LO / APIC_REG_STRIDE)

static uint32_t *word(struct xapic_scratch *s, unsigned offset)
{
    return &s->page[offset / sizeof(uint32_t)];
}

/* If no target is known, a write of the value that is there already must still leave a trace. */
static void make_writes_visible(struct xapic_scratch *s)
{
    *word(s, APIC_REG_EOI) = EOI_MARKER;             /* reads as 0 */
    *word(s, APIC_REG_ICR_LO) ^= (uint32_t)ICR_BUSY; /* read-only */
    *word(s, APIC_REG_TIMER_INITIAL) = ~*word(s, APIC_REG_TIMER_INITIAL);
}

static void remember(struct xapic_scratch *s)
{
    for (unsigned n = 0; n < XAPIC_SCRATCH_SLOTS; n++)
        s->before[n] = *word(s, n * APIC_REG_STRIDE);
}

static void copy_registers(struct vcpu *v, struct xapic_scratch *s, xapic_read_fn *read)
{
    memset(s->page, 0, sizeof(s->page));
    for (unsigned n = 0; n <= APIC_REG_EXT_LAST / APIC_REG_STRIDE; n++) {
        uint32_t value;

        if (read(v, n * APIC_REG_STRIDE, &value))
            *word(s, n * APIC_REG_STRIDE) = value;
    }
}

static void copy_one(struct vcpu *v, struct xapic_scratch *s, unsigned offset, xapic_read_fn *read)
{
    uint32_t value;

    *word(s, offset) = read(v, offset, &value) ? value : 0;
}

void xapic_scratch_fill(struct vcpu *v, struct xapic_scratch *s, const struct xapic_target *t,
                        xapic_read_fn *read)
{
    s->exact = t->insn;
    s->target = t->offset;
    if (t->insn) {
        if (insn_reads_memory(t->insn))
            copy_one(v, s, t->offset, read);
        return;
    }
    copy_registers(v, s, read);
    if (t->offset == 0)
        make_writes_visible(s);
    /* A register is the first of its four words ("Local APIC Register Address Map"). */
    s->target = t->offset && t->offset % APIC_REG_STRIDE < sizeof(uint32_t)
                    ? t->offset & ~(APIC_REG_STRIDE - 1)
                    : NO_TARGET;
    remember(s);
}

void xapic_scratch_fill_for_read(struct vcpu *v, struct xapic_scratch *s, xapic_read_fn *read)
{
    s->exact = false;
    s->target = NO_TARGET;
    copy_registers(v, s, read);
    remember(s);
}

static void replay_slot(struct vcpu *v, const struct xapic_scratch *s, unsigned n,
                        xapic_write_fn *write)
{
    const unsigned offset = n * APIC_REG_STRIDE;
    const uint32_t now = s->page[offset / sizeof(uint32_t)];

    if (now != s->before[n] || offset == s->target)
        write(v, offset, now);
}

void xapic_scratch_replay(struct vcpu *v, const struct xapic_scratch *s, xapic_write_fn *write)
{
    if (s->exact) {
        write(v, s->target, s->page[s->target / sizeof(uint32_t)]);
        return;
    }
    for (unsigned n = 0; n < XAPIC_SCRATCH_SLOTS; n++) {
        if (n != ICR_LO_SLOT)
            replay_slot(v, s, n, write);
    }
    replay_slot(v, s, ICR_LO_SLOT, write);
}
