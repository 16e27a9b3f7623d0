/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes steps, each under trap_call() and followed by settle(). Counts are the subject's own. */
#include "fuzz/subject.h"

#include <lapwing/string.h>
#include "fuzz/guard.h"
#include "fuzz/kinds.h"
#include "fuzz/settle.h"
#include "lib/console.h"

static const struct kind {
    const char *name;
    void (*run)(struct random *r);
} kinds[] = {
    {"msr", kind_msr},       {"access", kind_access}, {"register", kind_register},
    {"icr", kind_icr},       {"mode", kind_mode},     {"alias", kind_alias},
    {"stale", kind_stale},   {"race", kind_race},     {"cr", kind_cr},
    {"dr", kind_dr},         {"port", kind_port},     {"cpuid", kind_cpuid},
    {"int", kind_interrupt}, {"step", kind_step},     {"shadow", kind_shadow},
    {"halt", kind_halt},     {"fetch", kind_fetch},
};

static struct {
    unsigned steps, faults;
} counts[ARRAY_SIZE(kinds)];

struct plan plan;
struct progress progress;
atomic_int guard;

void step_guard(void)
{
    while (!guard_try(GUARD_SUBJECT))
        cpu_pause();
}

static unsigned kind_of(struct random *r)
{
    return random_below(r, ARRAY_SIZE(kinds));
}

const char *subject_kind(uint64_t step)
{
    struct random r = random_at(plan.seed, step);

    return kinds[kind_of(&r)].name;
}

void subject_print_counts(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        print("# %s: %u steps, %u exceptions\n", kinds[i].name, counts[i].steps, counts[i].faults);
    print("# %lu NMIs in the handler of an NMI\n", atomic_load(&progress.nested_nmis));
}

/* An INIT in the middle would leave the console locked. */
__attribute__((format(printf, 1, 2))) static void trace(const char *format, ...)
{
    char text[80];
    va_list args;

    if (!plan.trace)
        return;
    va_start(args, format);
    format_text_va(text, sizeof(text), format, args);
    va_end(args);
    step_guard();
    console_write(text);
    guard_release(GUARD_SUBJECT);
}

static void make_step(uint64_t step)
{
    struct random r = random_at(plan.seed, step);
    const unsigned i = kind_of(&r);
    struct fault fault;

    if (plan.kind[0] && strcmp(plan.kind, kinds[i].name) != 0)
        return;
    trace("# step %lu %s\n", (unsigned long)step, kinds[i].name);
    const unsigned faults = counts[i].faults;

    counts[i].steps++;
    if (trap_call((void (*)(void *))kinds[i].run, &r, &fault))
        counts[i].faults++;
    settle();
    guard_release(GUARD_SUBJECT);
    if (counts[i].faults != faults)
        trace("#   exception %u error 0x%lx at 0x%lx, CR2 0x%lx\n", fault.vector,
              (unsigned long)fault.error, (unsigned long)fault.rip, (unsigned long)fault.cr2);
}

void subject_run(void *arg)
{
    (void)arg;
    settle_begin();
    for (uint64_t step = atomic_load(&progress.step); step < atomic_load(&progress.end); step++) {
        atomic_store(&progress.step, step);
        make_step(step);
        if (progress.why[0]) {
            atomic_store(&progress.wrong, step + 1);
            return;
        }
    }
    atomic_store(&progress.step, atomic_load(&progress.end));
}
