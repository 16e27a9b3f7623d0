/* SPDX-License-Identifier: GPL-2.0-only */
/* Lapwing's command line: a known word is set, an unknown one is reported and changes nothing. */
#include "../test.h"
#include "fake_phys.h"
#include "core/start/options.h"
#include "core/trace.h"

static struct options o;

static void defaults(void)
{
    options_parse("", &o);
    CHECK_EQ(o.log, OPTION_LOG_COM1);
    CHECK_EQ(o.loglevel, OPTION_LOGLEVEL_INFO);
    CHECK_EQ(o.unknown_count, 0);
    options_parse("   ", &o);
    CHECK_EQ(o.unknown_count, 0);
}

static void known_words(void)
{
    options_parse("  log=com1,e9   loglevel=debug ", &o);
    CHECK_EQ(o.log, OPTION_LOG_COM1 | OPTION_LOG_E9);
    CHECK_EQ(o.loglevel, OPTION_LOGLEVEL_DEBUG);
    CHECK_EQ(o.unknown_count, 0);
    options_parse("log=e9", &o);
    CHECK_EQ(o.log, OPTION_LOG_E9);
    options_parse("log=none loglevel=error", &o);
    CHECK_EQ(o.log, 0);
    CHECK_EQ(o.loglevel, OPTION_LOGLEVEL_ERROR);
    CHECK(!o.no_suspend);
    CHECK_EQ(o.trace, TRACE_ALL);
    CHECK(!o.chain && o.drive == OPTION_DRIVE_ANY);
    options_parse("trace=ipi,wrmsr,excp", &o);
    CHECK_EQ(o.trace, BIT32(TRACE_IPI) | BIT32(EXIT_MSR_WRITE) | BIT32(EXIT_EXCEPTION) |
                          BIT32(EXIT_RAW_EXCEPTION));
    options_parse("trace=none", &o);
    CHECK_EQ(o.trace, 0);
    options_parse("trace=all", &o);
    CHECK_EQ(o.trace, TRACE_ALL);
    options_parse("chain", &o);
    CHECK(o.chain && o.drive == OPTION_DRIVE_ANY);
    CHECK(!o.file[0]);
    options_parse("chain=\\EFI\\a.efi", &o);
    CHECK(o.chain && strcmp(o.file, "\\EFI\\a.efi") == 0);
    options_parse("chain=/a", &o);
    CHECK(o.chain && strcmp(o.file, "/a") == 0);
    options_parse("chain=hd1", &o);
    CHECK(o.chain && o.drive == 0x81);
    options_parse("chain=fd0", &o);
    CHECK(o.chain && o.drive == 0);
    options_parse("chain=cd1", &o);
    CHECK(o.chain && o.drive == 0xE1);
    options_parse("chain=0x9F", &o);
    CHECK(o.chain && o.drive == 0x9F);
    options_parse("chain=80", &o);
    CHECK(o.chain && o.drive == 0x80);
    options_parse("suspend=off", &o);
    CHECK(o.no_suspend);
    options_parse("suspend=off suspend=on", &o);
    CHECK(!o.no_suspend);
    options_parse("loglevel=warn loglevel=info log=e9 log=com1", &o); /* the last one counts */
    CHECK_EQ(o.log, OPTION_LOG_COM1);
    CHECK_EQ(o.loglevel, OPTION_LOGLEVEL_INFO);
    CHECK_EQ(o.unknown_count, 0);
}

static void unknown_words(void)
{
    static const char *const words[] = {
        "chain=",    "chain=hd",      "chain=hdx", "chain=xd0",           "chain=0x",
        "chain=123", "chain=8g",      "suspend=",  "suspend=no",          "foo",
        "foo=bar",   "log",           "log=",      "log=com1,",           "log=com2",
        "loglevel",  "loglevel=loud", "loglevel=", "log=com1=2",          "=",
        "trace=",    "trace",         "trace=ip",  "trace=ipi,x",         "=log",
        "Log=e9",    "logs=e9",       "lo=e9",     "loglevel=debug,info",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        options_parse(words[i], &o);
        if (strcmp(words[i], "log=com1,") == 0) { /* nothing after the comma is nothing */
            CHECK_EQ(o.unknown_count, 0);
            continue;
        }
        CHECK_MSG(o.unknown_count == 1, "%s", words[i]);
        CHECK_STR(o.unknown[0], words[i]);
        CHECK_EQ(o.log, OPTION_LOG_COM1);
        CHECK_EQ(o.loglevel, OPTION_LOGLEVEL_INFO);
        CHECK_EQ(o.trace, TRACE_ALL);
    }
}

static void many_and_long_unknown_words(void)
{
    char line[1000];

    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\0';
    options_parse(line, &o);
    CHECK_EQ(o.unknown_count, 1);
    CHECK_EQ(strlen(o.unknown[0]), OPTIONS_UNKNOWN_SIZE - 1);
    for (size_t i = 1; i < sizeof(line) - 1; i += 2)
        line[i] = ' ';
    options_parse(line, &o);
    CHECK_EQ(o.unknown_count, 500);
    CHECK_STR(o.unknown[OPTIONS_UNKNOWN_MAX - 1], "x");
}

static void random_lines(void)
{
    static const char letters[] = "log=com1,e9 level debug\t\xff";
    uint64_t seed = 5;

    for (unsigned round = 0; round < 20000; round++) {
        size_t size = test_random_below(&seed, 60);
        char *line = malloc(size + 1);

        if (!line)
            abort();
        for (size_t i = 0; i < size; i++)
            line[i] = letters[test_random_below(&seed, sizeof(letters) - 1)];
        line[size] = '\0';
        options_parse(line, &o);
        CHECK(o.log <= 3 && o.loglevel <= OPTION_LOGLEVEL_DEBUG);
        free(line);
    }
}

int main(void)
{
    TEST_RUN(defaults);
    TEST_RUN(known_words);
    TEST_RUN(unknown_words);
    TEST_RUN(many_and_long_unknown_words);
    TEST_RUN(random_lines);
    return test_done();
}
