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

static int parse_log(struct span value, struct options *options)
{
    unsigned log = 0;

    if (value.size == 0)
        return -EINVAL;
    while (value.size > 0) {
        struct span target = span_next(&value, ',');

        if (span_is(target, "com1"))
            log |= OPTION_LOG_COM1;
        else if (span_is(target, "e9"))
            log |= OPTION_LOG_E9;
        else if (!span_is(target, "none"))
            return -EINVAL;
    }
    options->log = log;
    return 0;
}

static int parse_loglevel(struct span value, struct options *options)
{
    if (span_is(value, "error"))
        options->loglevel = OPTION_LOGLEVEL_ERROR;
    else if (span_is(value, "warn"))
        options->loglevel = OPTION_LOGLEVEL_WARN;
    else if (span_is(value, "info"))
        options->loglevel = OPTION_LOGLEVEL_INFO;
    else if (span_is(value, "debug"))
        options->loglevel = OPTION_LOGLEVEL_DEBUG;
    else
        return -EINVAL;
    return 0;
}

static int parse_suspend(struct span value, struct options *options)
{
    if (!span_is(value, "on") && !span_is(value, "off"))
        return -EINVAL;
    options->no_suspend = span_is(value, "off");
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

    if (value.size == 0)
        return -EINVAL;
    while (value.size > 0) {
        struct span name = span_next(&value, ',');
        uint32_t called = span_is(name, "all") ? TRACE_ALL : kinds_called(name);

        if (!called)
            return -EINVAL;
        kinds |= span_is(name, "none") ? 0 : called; /* an exit of the kind "none" is no exit */
    }
    options->trace = kinds;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Returns the BIOS's number of the first hard disk, floppy or CD, or -1. */
static int first_drive(char c)
{
    return c == 'h' ? 0x80 : c == 'f' ? 0 : c == 'c' ? 0xE0 : -1;
}

/* "hd1", "fd0", "cd0", "80", "0x81" */
static int parse_drive(struct span value, struct options *options)
{
    int number = 0;

    if (value.size == 3 && value.text[1] == 'd' && value.text[2] >= '0' && value.text[2] <= '9') {
        if (first_drive(value.text[0]) < 0)
            return -EINVAL;
        options->drive = first_drive(value.text[0]) + value.text[2] - '0';
        return 0;
    }
    if (value.size > 2 && value.text[0] == '0' && value.text[1] == 'x') {
        value.text += 2;
        value.size -= 2;
    }
    if (value.size == 0 || value.size > 2)
        return -EINVAL;
    for (size_t i = 0; i < value.size; i++) {
        if (hex_digit(value.text[i]) < 0)
            return -EINVAL;
        number = number * 16 + hex_digit(value.text[i]);
    }
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

static int parse_chain(struct span word, struct span value, struct options *options)
{
    const bool plain = span_is(word, "chain");
    const bool file = value.size > 0 && (value.text[0] == '\\' || value.text[0] == '/');
    const int err = plain ? 0 : file ? parse_file(value, options) : parse_drive(value, options);

    if (err == 0)
        options->chain = true;
    return err;
}

static int parse_word(struct span word, struct options *options)
{
    struct span value = word;
    struct span name = span_next(&value, '=');

    if (span_is(name, "log"))
        return parse_log(value, options);
    if (span_is(name, "loglevel"))
        return parse_loglevel(value, options);
    if (span_is(name, "suspend"))
        return parse_suspend(value, options);
    if (span_is(name, "trace"))
        return parse_trace(value, options);
    if (span_is(name, "chain"))
        return parse_chain(word, value, options);
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
