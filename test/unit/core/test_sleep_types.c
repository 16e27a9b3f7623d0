/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleep states in AML: found, hidden, cut off at every length, and what only looks like one. */
#include "core/start/sleep_types.h"

#include <stdlib.h>
#include <string.h>

#include "../test.h"

#define HEADER 36

/* Name (\_S3, Package {1, 1, 0, 0}), Name (_S4, Package {2, 2, 0, 0}), Name (_S5, ... {0, ...}) */
static const uint8_t aml[] = {
    0x08, 0x5C, '_', 'S', '3', '_',  0x12, 0x06, 0x04, 0x01, 0x01, 0x00, 0x00, /* \_S3 */
    0x08, '_',  'S', '4', '_', 0x12, 0x08, 0x04, 0x0A, 0x02, 0x0A, 0x02, 0x00,
    0x00, 0x08, '_', 'S', '5', '_',  0x12, 0x46, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x00, 0x0D, '_', 'S', '5', '_',  0x12, 0x06, 0x04, 0x01, 0x00, /* a string */
};

static uint8_t *table;
static uint32_t size;

static void make(uint32_t length)
{
    free(table);
    size = HEADER + length;
    table = malloc(size);
    if (!table)
        abort();
    memset(table, 0, HEADER);
    memcpy(table + HEADER, aml, length);
}

static uint8_t sum(void)
{
    uint8_t s = 0;

    for (uint32_t i = 0; i < size; i++)
        s = (uint8_t)(s + table[i]);
    return s;
}

static void types_that_switch_off(void)
{
    struct sleep_types types = {0};

    make(sizeof(aml));
    sleep_types_read(table, size, &types);
    CHECK_EQ(types.off, 1 << 2 | 1 << 0);
}

static void s3_is_hidden(void)
{
    uint8_t before;

    make(sizeof(aml));
    before = sum();
    sleep_types_hide_s3(table, size);
    CHECK_EQ(memcmp(table + HEADER + 2, "XS3_", 4), 0);
    CHECK_EQ(sum(), before);
    CHECK_EQ(memcmp(table + HEADER + 14, "_S4_", 4), 0);
}

static void cut_off_at_every_length(void)
{
    for (uint32_t length = 0; length < sizeof(aml); length++) {
        struct sleep_types types = {0};

        make(length);
        sleep_types_read(table, size, &types);
        sleep_types_hide_s3(table, size);
        CHECK_EQ(types.off & ~(1U << 2 | 1U << 0), 0);
    }
    free(table);
    table = NULL;
}

int main(void)
{
    TEST_RUN(types_that_switch_off);
    TEST_RUN(s3_is_hidden);
    TEST_RUN(cut_off_at_every_length);
    return test_done();
}
