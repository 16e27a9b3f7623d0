/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step of the instruction with a scratch page in the LAPIC's place, and then the replay of what
 * the instruction wrote there. State: the scratch page in struct xapic_page, its own CPU only.
 */
#include "apic/apic_base.h"
#include "apic/xapic_trap/xapic_method.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"
#include "core/step.h"

static void restore(struct vcpu *v, gpa_t page)
{
    (void)page;
    xapic_page_map(v);
}

/* A write counts only if the CPU is still in xAPIC mode, in which the step began. */
static void stepped(struct vcpu *v, bool completed)
{
    if (completed && apic_base_mode(v->apic_base) == APIC_MODE_XAPIC)
        xapic_scratch_replay(v, &xapic_page_of(v)->scratch, xapic_page_write);
}

enum exit_result xapic_step(struct vcpu *v, const struct xapic_target *t)
{
    static const struct step_kind kind = {PT_RW, restore, stepped};
    struct xapic_scratch *s = &xapic_page_of(v)->scratch;

    xapic_scratch_fill(v, s, t, xapic_page_read);
    return step_begin(v, APIC_BASE_PA, (hpa_t)s->page, &kind, t->insn);
}
