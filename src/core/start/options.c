/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parsing Lapwing's boot options. A word that is not understood as a whole changes nothing. Pure.
 */
#include "core/start/options.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/trace.h"

/* A piece of the command line. */
struct span {
    const char *text;
    size_t size;
};

static bool span_is(struct span s, const char *word)
{
    return strlen(word) == s.size && memcmp(s.text, word, s.size) == 0;
}

/* Cuts the part up to `separator`, or all, off the front of `rest`, and returns the part. */
static struct span span_next(struct span *rest, char separator)
{
    struct span s = {rest->text, 0};

    while (s.size < rest->size && s.text[s.size] != separator)
        s.size++;
    rest->text += s.size;
    rest->size -= s.size;
    if (rest->size > 0) {
        rest->text++;
        rest->size--;
    }
    return s;
}

/* Returns the index of `word`, or -EINVAL. */
static int index_of(struct span word, const char *const words[], int count)
{
    for (int i = 0; i < count; i++) {
        if (span_is(word, words[i]))
            return i;
    }
    return -EINVAL;
}

static int parse_log(struct span value, struct options *options)
{
    static const char *const words[] = {
        [0] = "none", [OPTION_LOG_COM1] = "com1", [OPTION_LOG_E9] = "e9"};
    unsigned log = 0;

    do {
        int target = index_of(span_next(&value, ','), words, ARRAY_SIZE(words));

        if (target < 0)
            return target;
        log |= (unsigned)target;
    } while (value.size > 0);
    options->log = log;
    return 0;
}

static int parse_loglevel(struct span value, struct options *options)
{
    static const char *const words[] = {
        [OPTION_LOGLEVEL_ERROR] = "error",
        [OPTION_LOGLEVEL_WARN] = "warn",
        [OPTION_LOGLEVEL_INFO] = "info",
        [OPTION_LOGLEVEL_DEBUG] = "debug",
    };
    int level = index_of(value, words, ARRAY_SIZE(words));

    if (level < 0)
        return level;
    options->loglevel = (enum option_loglevel)level;
    return 0;
}

static int parse_suspend(struct span value, struct options *options)
{
    static const char *const words[] = {"on", "off"};
    int off = index_of(value, words, ARRAY_SIZE(words));

    if (off < 0)
        return off;
    options->no_suspend = off;
    return 0;
}

/* Returns the bits of the kinds of records that are called so; several can be. */
static uint32_t kinds_called(struct span name)
{
    uint32_t found = 0;

    for (uint32_t kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        if (span_is(name, trace_kind_name(kind)))
            found |= BIT32(kind);
    }
    return found;
}

static int parse_trace(struct span value, struct options *options)
{
    uint32_t kinds = 0;

    do {
        struct span name = span_next(&value, ',');
        uint32_t called = span_is(name, "all") ? TRACE_ALL : kinds_called(name);

        if (!called)
            return -EINVAL;
        kinds |= span_is(name, "none") ? 0 : called; /* an exit of the kind "none" is no exit */
    } while (value.size > 0);
    options->trace = kinds;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' - 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -EINVAL;
}

/* Returns the BIOS's number of the first hard disk, floppy or CD, or -EINVAL. */
static int first_drive(char c)
{
    return c == 'h' ? 0x80 : c == 'f' ? 0 : c == 'c' ? 0xE0 : -EINVAL;
}

/* Returns the number of "hd1", "fd0", "cd0", "80", "0x81", or -EINVAL. */
static int drive_number(struct span value)
{
    int number = 0;

    if (value.size == 3 && value.text[1] == 'd' && value.text[2] >= '0' && value.text[2] <= '9') {
        number = first_drive(value.text[0]);
        return number < 0 ? number : number + value.text[2] - '0';
    }
    if (value.size > 2 && value.text[0] == '0' && value.text[1] == 'x') {
        value.text += 2;
        value.size -= 2;
    }
    if (value.size == 0 || value.size > 2)
        return -EINVAL;
    for (size_t i = 0; i < value.size; i++) {
        const int digit = hex_digit(value.text[i]);

        if (digit < 0)
            return digit;
        number = number * 16 + digit;
    }
    return number;
}

static int parse_drive(struct span value, struct options *options)
{
    const int number = drive_number(value);

    if (number < 0)
        return number;
    options->drive = number;
    return 0;
}

static int parse_file(struct span value, struct options *options)
{
    if (value.size >= OPTION_FILE_SIZE)
        return -EINVAL;
    memcpy(options->file, value.text, value.size);
    options->file[value.size] = '\0';
    return 0;
}

static int parse_chain(struct span value, struct options *options)
{
    const bool file = value.size > 0 && (value.text[0] == '\\' || value.text[0] == '/');
    const int err = file ? parse_file(value, options) : parse_drive(value, options);

    if (err == 0)
        options->chain = true;
    return err;
}

static int parse_word(struct span word, struct options *options)
{
    static const struct {
        const char *name;
        int (*parse)(struct span value, struct options *options);
    } known[] = {
        {"log", parse_log},     {"loglevel", parse_loglevel}, {"suspend", parse_suspend},
        {"trace", parse_trace}, {"chain", parse_chain},
    };
    struct span value = word;
    struct span name = span_next(&value, '=');

    if (span_is(word, "chain")) {
        options->chain = true;
        return 0;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
        if (span_is(name, known[i].name))
            return known[i].parse(value, options);
    }
    return -EINVAL;
}

static void note_unknown(struct span word, struct options *options)
{
    if (options->unknown_count < OPTIONS_UNKNOWN_MAX) {
        char *to = options->unknown[options->unknown_count];
        size_t size = word.size < OPTIONS_UNKNOWN_SIZE ? word.size : OPTIONS_UNKNOWN_SIZE - 1;

        memcpy(to, word.text, size);
        to[size] = '\0';
    }
    options->unknown_count++;
}

void options_parse(const char *cmdline, struct options *options)
{
    struct span rest = {cmdline, strlen(cmdline)};

    memset(options, 0, sizeof(*options));
    options->log = OPTION_LOG_COM1;
    options->loglevel = OPTION_LOGLEVEL_INFO;
    options->drive = OPTION_DRIVE_ANY;
    options->trace = TRACE_ALL;
    while (rest.size > 0) {
        struct span word = span_next(&rest, ' ');

        if (word.size > 0 && parse_word(word, options))
            note_unknown(word, options);
    }
}
