/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test Anything Protocol. A payload lists its cases in payload_cases[]. Each case gives one TAP
 * line or, with tap_next(), several. A case that checked nothing has failed. The BSP calls these
 * functions; another CPU may check while the BSP waits for it.
 */
#ifndef GUEST_LIB_TAP_H
#define GUEST_LIB_TAP_H

#include <stdbool.h>
#include <stdint.h>

struct payload_case {
    const char *name;
    void (*run)(void);
    const char *(*unfit)(void); /* returns why the case cannot run here, or NULL; may be absent */
};

extern const char payload_name[];
extern const struct payload_case payload_cases[]; /* ends with an empty element */

/*
 * Ends the current line and begins one named "case: text". A line that checked nothing is dropped.
 */
__attribute__((format(printf, 1, 2))) void tap_next(const char *format, ...);

/* Records one check of the current line, which reports the first failure's text. Returns `ok`. */
__attribute__((format(printf, 2, 3))) bool tap_check(bool ok, const char *format, ...);

/* Marks the current line as skipped. */
__attribute__((format(printf, 1, 2))) void tap_skip(const char *format, ...);

#define CHECK(condition) tap_check((condition), "%s:%d: %s", __func__, __LINE__, #condition)
#define CHECK_EQ(got, want)                                                                        \
    tap_check((uint64_t)(got) == (uint64_t)(want), "%s:%d: %s is 0x%lx, want 0x%lx", __func__,     \
              __LINE__, #got, (unsigned long)(got), (unsigned long)(want))

/* Returns why no case can run on this machine, or NULL. The default is weak and returns NULL. */
const char *payload_unfit(void);

/* Prints, instead of all cases, one skipped line that says why. */
__attribute__((format(printf, 1, 2))) void tap_refuse(const char *format, ...);

/* Runs the cases whose name contains `only` (all if empty) and prints plan and end mark. */
void tap_run(const char *only);

/* Does the payload's command line have that word? */
bool payload_has_word(const char *word);

/* The text after `key` (with its "=") on the command line, up to the next space; "" if absent. */
const char *payload_option(const char *key);

/* The same as a decimal number; `otherwise` if absent. */
uint64_t payload_number(const char *key, uint64_t otherwise);

#endif
