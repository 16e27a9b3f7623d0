/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking for sleep states in AML; see sleep_types.h. No state. */
#include "core/start/sleep_types.h"

#include <lapwing/string.h>

#define TABLE_CHECKSUM    9
#define TABLE_HEADER_SIZE 36

enum aml { AML_ZERO = 0, AML_ONE = 1, AML_NAME = 8, AML_BYTE = 10, AML_PACKAGE = 0x12 };

#define AML_ROOT       0x5C /* the character that begins a name in the root */
#define NAME_SIZE      4
#define PACKAGE_MIN    4          /* opcode, length of one byte, number of elements, an element */
#define LENGTH_MORE(b) ((b) >> 6) /* further bytes of the length */
#define SLP_TYP_MAX    7

/* Is `at` the name _Sn of a package, behind the opcode of a name? */
static bool is_state(const uint8_t *table, uint32_t size, uint32_t at, char state)
{
    const uint8_t name[NAME_SIZE] = {'_', 'S', (uint8_t)state, '_'};

    if (size - at < NAME_SIZE + PACKAGE_MIN || memcmp(table + at, name, NAME_SIZE) != 0)
        return false;
    if (table[at + NAME_SIZE] != AML_PACKAGE)
        return false;
    return table[at - 1] == AML_NAME || (table[at - 1] == AML_ROOT && table[at - 2] == AML_NAME);
}

/* Returns the first element of the package behind a name, or -1. */
static int first_element(const uint8_t *table, uint32_t size, uint32_t name)
{
    uint32_t at = name + NAME_SIZE + 1;

    at += 1U + LENGTH_MORE(table[at]) + 1U;
    if (at + 2 > size)
        return -1;
    if (table[at] == AML_BYTE)
        at++;
    else if (table[at] > AML_ONE)
        return -1;
    return table[at];
}

void sleep_types_read(const uint8_t *table, uint32_t size, struct sleep_types *types)
{
    for (uint32_t at = TABLE_HEADER_SIZE; at < size; at++) {
        int type;

        if (!is_state(table, size, at, '4') && !is_state(table, size, at, '5'))
            continue;
        type = first_element(table, size, at);
        if (type >= 0 && type <= SLP_TYP_MAX)
            types->off |= 1U << type;
    }
}

void sleep_types_hide_s3(uint8_t *table, uint32_t size)
{
    for (uint32_t at = TABLE_HEADER_SIZE; at < size; at++) {
        if (!is_state(table, size, at, '3'))
            continue;
        table[at] = 'X';
        table[TABLE_CHECKSUM] = (uint8_t)(table[TABLE_CHECKSUM] + '_' - 'X');
    }
}
