/* SPDX-License-Identifier: GPL-2.0-only */
/* Stepping over one instruction with a page replaced. Vendor-neutral half; see virt_step_begin().
 */
#include "core/step.h"

#include "core/virt.h"

void step_begin(struct vcpu *v, gpa_t page, hpa_t home, unsigned home_prot, hpa_t scratch,
                step_done_fn *done)
{
    /* A second page faults within the same instruction (movs between two of them): take it along.
     */
    if (v->step.active)
        step_end(v, false);
    v->step = (struct step){
        .active = true, .page = page, .home = home, .home_prot = home_prot, .done = done};
    pt_set_leaf(&v->slat, page, scratch, PT_RW, PT_WB);
    virt_flush(v);
    virt_step_begin(v);
}

void step_end(struct vcpu *v, bool completed)
{
    struct step s = v->step;

    v->step.active = false;
    pt_set_leaf(&v->slat, s.page, s.home, s.home_prot, s.home == s.page ? PT_UC : PT_WB);
    virt_flush(v);
    virt_step_end(v, completed);
    s.done(v, completed);
}
