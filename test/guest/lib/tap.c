/* SPDX-License-Identifier: GPL-2.0-only */
/* The current TAP line and the counts. */
#include "tap.h"

#include <stdarg.h>
#include <lapwing/string.h>
#include "console.h"
#include "leaf.h"
#include "smp.h"
#include "trap.h"

#define ANSWER_MS 100

static struct {
    const char *case_name;
    char text[128];
    char why[200];
    unsigned checks, failures, lines;
    bool skipped;
} tap;

static void begin(const char *case_name)
{
    unsigned lines = tap.lines;

    memset(&tap, 0, sizeof(tap));
    tap.case_name = case_name;
    tap.lines = lines;
}

static void end(void)
{
    const char *separator = tap.text[0] ? ": " : "";

    tap.lines++;
    if (tap.skipped && !tap.failures)
        print("ok %u - %s%s%s # SKIP %s\n", tap.lines, tap.case_name, separator, tap.text, tap.why);
    else if (!tap.checks)
        print("not ok %u - %s%s%s # checked nothing\n", tap.lines, tap.case_name, separator,
              tap.text);
    else if (tap.failures)
        print("not ok %u - %s%s%s # %s\n", tap.lines, tap.case_name, separator, tap.text, tap.why);
    else
        print("ok %u - %s%s%s\n", tap.lines, tap.case_name, separator, tap.text);
}

void tap_next(const char *format, ...)
{
    const char *case_name = tap.case_name;
    va_list args;

    if (tap.checks || tap.skipped)
        end();
    begin(case_name);
    va_start(args, format);
    format_text_va(tap.text, sizeof(tap.text), format, args);
    va_end(args);
}

bool tap_check(bool ok, const char *format, ...)
{
    va_list args;

    tap.checks++;
    if (ok)
        return true;
    if (tap.failures++ == 0) {
        va_start(args, format);
        format_text_va(tap.why, sizeof(tap.why), format, args);
        va_end(args);
    }
    return false;
}

void tap_skip(const char *format, ...)
{
    va_list args;

    if (tap.failures)
        return;
    tap.skipped = true;
    va_start(args, format);
    format_text_va(tap.why, sizeof(tap.why), format, args);
    va_end(args);
}

__attribute__((weak)) const char *payload_unfit(void)
{
    return NULL;
}

static void print_longest(void *arg)
{
    (void)arg;
    leaf_print_longest();
}

/* Of each CPU that answers: a test may have left one where it does not. */
static void print_longest_exits(void)
{
    leaf_print_longest();
    for (unsigned i = 1; i < cpu_count(); i++) {
        if (!atomic_load(&cpu_at(i)->online) || atomic_load(&cpu_at(i)->job))
            continue;
        cpu_post(i, print_longest, NULL);
        (void)cpu_join(i, ANSWER_MS);
    }
}

static void finish(void)
{
    print_longest_exits();
    print("1..%u\n", tap.lines);
    print("PAYLOAD-DONE\n");
}

void tap_refuse(const char *format, ...)
{
    va_list args;

    begin("all");
    tap.skipped = true;
    va_start(args, format);
    format_text_va(tap.why, sizeof(tap.why), format, args);
    va_end(args);
    end();
    finish();
}

static bool contains(const char *text, const char *part)
{
    size_t n = strlen(part);

    for (; *text; text++)
        if (strncmp(text, part, n) == 0)
            return true;
    return n == 0;
}

static void run_case(void *arg)
{
    const struct payload_case *c = arg;

    c->run();
}

void tap_run(const char *only)
{
    for (const struct payload_case *c = payload_cases; c->name; c++) {
        struct fault fault;

        if (!contains(c->name, only))
            continue;
        begin(c->name);

        const char *unfit = c->unfit ? c->unfit() : NULL;

        if (unfit)
            tap_skip("%s", unfit);
        else if (trap_call(run_case, (void *)(uintptr_t)c, &fault))
            tap_check(false, "unexpected exception %u error 0x%lx rip 0x%lx cr2 0x%lx",
                      fault.vector, (unsigned long)fault.error, (unsigned long)fault.rip,
                      (unsigned long)fault.cr2);
        trap_reset_handlers();
        end();
    }
    finish();
}
