/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping over one instruction with a page replaced: the half that is the same for both vendors.
 * virt_step_begin() is the vendor's half. State: v->step, its own CPU only.
 */
#include "core/step.h"

#include "core/guest_mem.h"
#include "core/insn/insn.h"
#include "core/virt.h"

static bool is_open(const struct step *s, gpa_t page)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (s->pages[i].page == page)
            return true;
    }
    return false;
}

/*
 * A step changes TF and IF, which PUSHF and its like would show to the guest or take from it. Of
 * these instructions only a PUSHF whose stack is in the page can have faulted there, and it shows
 * the flags only to the page. For any other one the translation was stale: the instruction runs by
 * itself after a flush.
 */
static bool only_wants_a_flush(struct vcpu *v, gpa_t page)
{
    struct guest_code code;

    guest_code(v, &code);
    return insn_uses_flags_image(code.bytes.byte, code.size, (enum insn_mode)code.at.bits) &&
           !guest_stack_is_in(v, &code.at, page);
}

enum exit_result step_begin(struct vcpu *v, gpa_t page, hpa_t scratch, const struct step_kind *kind,
                            bool is_store)
{
    struct step *s = &v->step;
    bool first;

    /* A page that is open and faults again: whatever runs is not what the step was for. */
    if (s->active && (s->count == STEP_PAGES || is_open(s, page)))
        step_end(v, false);
    first = !s->active;
    if (first && !is_store && only_wants_a_flush(v, page)) {
        virt_flush(v);
        return EXIT_RESUME;
    }
    if (first) {
        s->active = true;
        s->count = 0;
    }
    s->pages[s->count++] = (struct step_page){page, kind};
    pt_set_leaf(&v->slat, page, scratch, kind->rights, PT_WB);
    virt_flush(v);
    if (first)
        virt_step_begin(v);
    return EXIT_RESUME;
}

void step_end(struct vcpu *v, bool completed)
{
    struct step *s = &v->step;

    s->active = false;
    for (unsigned i = 0; i < s->count; i++)
        s->pages[i].kind->restore(v, s->pages[i].page);
    virt_step_end(v, completed);
    for (unsigned i = 0; i < s->count; i++)
        s->pages[i].kind->done(v, completed);
}

/*
 * At a kick or an interrupt nothing was executed. A page fault or an access has a further page.
 */
static bool belongs_to_step(const struct vm_exit *x)
{
    switch (x->kind) {
    case EXIT_NONE:
    case EXIT_NMI:
    case EXIT_INTERRUPT:
    case EXIT_STEP:
        return true;
    case EXIT_PAGE_FAULT:
        return !x->fault.in_event;
    case EXIT_APIC_ACCESS:
        return x->apic.access != APIC_ACCESS_EVENT;
    default:
        return false;
    }
}

void step_interrupted(struct vcpu *v, const struct vm_exit *x)
{
    if (v->step.active && !belongs_to_step(x))
        step_end(v, false);
}
