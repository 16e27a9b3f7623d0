/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stepping over one instruction with a page replaced. Vendor-neutral half; see virt_step_begin().
 */
#include "core/step.h"

#include "core/virt.h"

static bool is_open(const struct step *s, gpa_t page)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (s->pages[i].page == page)
            return true;
    }
    return false;
}

void step_begin(struct vcpu *v, gpa_t page, hpa_t home, unsigned home_prot, hpa_t scratch,
                step_done_fn *done)
{
    struct step *s = &v->step;
    bool first;

    /* A page that is open and faults again is one that cannot be stepped on: executed, perhaps. */
    if (s->active && (s->count == STEP_PAGES || is_open(s, page)))
        step_end(v, false);
    first = !s->active;
    if (first)
        s->count = 0;
    s->active = true;
    s->pages[s->count++] =
        (struct step_page){.page = page, .home = home, .home_prot = home_prot, .done = done};
    pt_set_leaf(&v->slat, page, scratch, PT_RW, PT_WB);
    virt_flush(v);
    if (first)
        virt_step_begin(v);
}

void step_end(struct vcpu *v, bool completed)
{
    const struct step s = v->step;

    v->step.active = false;
    for (unsigned i = 0; i < s.count; i++) {
        const struct step_page *p = &s.pages[i];
        pt_set_leaf(&v->slat, p->page, p->home, p->home_prot, p->home == p->page ? PT_UC : PT_WB);
    }
    virt_flush(v);
    virt_step_end(v, completed);
    for (unsigned i = 0; i < s.count; i++)
        s.pages[i].done(v, completed);
}
