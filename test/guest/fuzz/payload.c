/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz: random steps on CPU 1, while CPU 0 sends it interrupts, NMIs and INITs, and the other CPUs
 * do so too. After each thousand steps every CPU answers and finds Lapwing's leaf, and as many pages
 * as before are hidden. After each step the LAPIC still keeps what it is given. The tool counts
 * Lapwing's lines. Words on the command line:
 *
 *   seed=N     another sequence of steps (1)
 *   count=N    how many steps (2000)
 *   from=N     the first one (0): what a step does depends on its number and the seed only
 *   kind=NAME  the steps of this kind only
 *   alone      no disturbance but the NMIs that end a HLT
 *   trace      print each step before it is made
 *
 * Left out is what ends the payload by right, and what a bare machine does not survive; the files
 * say what that is, each for its kind. In general: shutdown and reset, by ports or by a page table
 * that no longer maps the payload; INIT of CPU 0, and of the subject by itself; SMM when bare.
 */
#include "fuzz/disturb.h"
#include "fuzz/settle.h"
#include "fuzz/stale.h"
#include "fuzz/subject.h"
#include "lib/console.h"
#include "lib/control.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define CHECK_EACH 1000

const char payload_name[] = "fuzz";

const char *payload_unfit(void)
{
    return cpu_count() < 2 ? "one CPU" : NULL;
}

static void plan_init(void)
{
    static char kind[16];

    format_text(kind, sizeof(kind), "%s", payload_option("kind="));
    plan = (struct plan){
        .seed = payload_number("seed=", 1),
        .kind = kind,
        .trace = payload_has_word("trace"),
        .bare = !under_lapwing(),
        .bochs_lapic = lapic_is_bochs(),
    };
    settle_init();
    race_init();
    disturb_init(plan.seed, payload_has_word("alone"));
}

/* Returns true if all is well after the steps up to `end`. */
static bool run(uint64_t first, uint64_t end, unsigned hidden)
{
    const bool ok = disturb_and_run(first, end);
    const unsigned long step = atomic_load(&progress.step);

    if (!ok) {
        print("# fuzz: seed=%lu from=%lu kind=%s: %s, at 0x%lx\n", (unsigned long)plan.seed, step,
              subject_kind(step), progress.why[0] ? progress.why : "no progress",
              atomic_load(&progress.rip));
        return tap_check(false, "seed=%lu from=%lu", (unsigned long)plan.seed, step);
    }
    if (!tap_check(disturb_stop(), "a CPU does not start"))
        return false;
    check_control();
    return tap_check(check_hidden() == hidden, "not %u hidden pages", hidden);
}

static void case_fuzz(void)
{
    uint64_t step = payload_number("from=", 0), end;
    unsigned hidden;

    plan_init();
    end = step + payload_number("count=", 2000);
    tap_next("before the first step");
    hidden = check_hidden();
    check_control();
    while (step < end) {
        const uint64_t next = end - step > CHECK_EACH ? step + CHECK_EACH : end;

        tap_next("steps %lu to %lu of seed %lu", (unsigned long)step, (unsigned long)next - 1,
                 (unsigned long)plan.seed);
        if (!run(step, next, hidden))
            break;
        step = next;
    }
    subject_print_counts();
}

const struct payload_case payload_cases[] = {
    {"fuzz", case_fuzz, NULL},
    {NULL, NULL, NULL},
};
