/* SPDX-License-Identifier: GPL-2.0-only */
/* The device path of a file: the device's nodes, the name in 16-bit characters, the end. */
#include "core/start/efi_path.h"

#include <string.h>

#include "test.h"

static const uint8_t device[] = {2, 1, 12, 0, 1, 2, 3, 4,    5,    6, 7,
                                 8, 1, 1,  6, 0, 9, 9, 0x7F, 0xFF, 4, 0};
static const uint8_t wanted[] = {2, 1, 12, 0,  1, 2,    3, 4,   5, 6,    7, 8, 1, 1,    6,    0, 9,
                                 9, 4, 4,  12, 0, '\\', 0, 'E', 0, '\\', 0, 0, 0, 0x7F, 0xFF, 4, 0};

static void name_behind_the_device(void)
{
    uint8_t to[sizeof(wanted) + 1];

    to[sizeof(wanted)] = 0x55;
    CHECK(efi_path_of_file(device, "\\E/", to, sizeof(wanted)));
    CHECK(memcmp(to, wanted, sizeof(wanted)) == 0);
    CHECK_EQ(to[sizeof(wanted)], 0x55);
}

static void no_room(void)
{
    for (size_t room = 0; room < sizeof(wanted); room++) {
        uint8_t to[sizeof(wanted)];

        memset(to, 0x55, sizeof(to));
        CHECK(!efi_path_of_file(device, "\\E/", to, room));
        for (size_t i = room; i < sizeof(to); i++)
            CHECK_EQ(to[i], 0x55);
    }
}

static void broken_node(void)
{
    static const uint8_t broken[] = {2, 1, 3, 0, 0x7F, 0xFF, 4, 0};
    uint8_t to[64];

    CHECK(!efi_path_of_file(broken, "\\E", to, sizeof(to)));
}

int main(void)
{
    TEST_RUN(name_behind_the_device);
    TEST_RUN(no_room);
    TEST_RUN(broken_node);
    return test_done();
}
