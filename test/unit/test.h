/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test framework of the host tests: checks that count, and TAP on standard output.
 *
 *    static void adds(void) { CHECK_EQ(add(1, 2), 3); }
 *    int main(void) { TEST_RUN(adds); return test_done(); }
 *
 * A failed check does not stop the test. It prints its place (only the first few of each test, so
 * that a long loop stays readable) and makes the test "not ok". Everything here is static: one
 * program is one translation unit to this header.
 */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TEST_MAX_REPORTS 10

static struct {
    unsigned tests, failed_tests;
    unsigned long checks, failures; /* of the test that runs */
} test_state;

/* Counts one check. Returns whether its failure must be printed. */
static inline bool test_count(bool ok)
{
    test_state.checks++;
    if (ok)
        return false;
    return ++test_state.failures <= TEST_MAX_REPORTS;
}

__attribute__((format(printf, 3, 4))) static inline void test_report(const char *file, int line,
                                                                     const char *format, ...)
{
    va_list args;

    printf("# %s:%d: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

static inline void test_run(const char *name, void (*body)(void))
{
    test_state.checks = 0;
    test_state.failures = 0;
    body();
    test_state.tests++;
    if (test_state.checks == 0)
        test_state.failures++; /* a success must be positively observed */
    if (test_state.failures != 0)
        test_state.failed_tests++;
    printf("%sok %u - %s (%lu of %lu checks failed)\n", test_state.failures != 0 ? "not " : "",
           test_state.tests, name, test_state.failures, test_state.checks);
    fflush(stdout);
}

/* Prints the plan and returns the exit status for main(). */
static inline int test_done(void)
{
    printf("1..%u\n", test_state.tests);
    return test_state.failed_tests != 0 || test_state.tests == 0;
}

#define TEST_RUN(function) test_run(#function, function)

/* Checks a condition. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (test_count(condition))                                                                 \
            test_report(__FILE__, __LINE__, "failed: %s", #condition);                             \
    } while (0)

/* Checks a condition, with a printf message that tells the input; for loops. */
#define CHECK_MSG(condition, ...)                                                                  \
    do {                                                                                           \
        if (test_count(condition)) {                                                               \
            test_report(__FILE__, __LINE__, "failed: %s", #condition);                             \
            test_report(__FILE__, __LINE__, __VA_ARGS__);                                          \
        }                                                                                          \
    } while (0)

/* Compares two integers of any type, as 64-bit values, so that -1 equals -1 of any width. */
#define CHECK_EQ(got, want)                                                                        \
    do {                                                                                           \
        const long long got_ = (long long)(got);                                                   \
        const long long want_ = (long long)(want);                                                 \
        if (test_count(got_ == want_))                                                             \
            test_report(__FILE__, __LINE__, "%s is 0x%llx (%lld), want 0x%llx (%lld)", #got,       \
                        (unsigned long long)got_, got_, (unsigned long long)want_, want_);         \
    } while (0)

/* Compares two strings; either may be NULL. */
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got);                                                                  \
        const char *want_ = (want);                                                                \
        if (test_count(got_ == want_ ||                                                            \
                       (got_ != NULL && want_ != NULL && strcmp(got_, want_) == 0)))               \
            test_report(__FILE__, __LINE__, "%s is \"%s\", want \"%s\"", #got,                     \
                        got_ != NULL ? got_ : "(null)", want_ != NULL ? want_ : "(null)");         \
    } while (0)

/* Compares two blocks of memory of one size. Reports the first byte that differs. */
#define CHECK_MEM(got, want, size) test_check_mem(__FILE__, __LINE__, #got, got, want, size)

static inline void test_check_mem(const char *file, int line, const char *what, const void *got,
                                  const void *want, size_t size)
{
    const unsigned char *g = got;
    const unsigned char *w = want;
    size_t i = 0;

    while (i < size && g[i] == w[i])
        i++;
    if (test_count(i == size))
        test_report(file, line, "%s differs at byte %zu: 0x%02x, want 0x%02x", what, i, g[i], w[i]);
}

#endif
