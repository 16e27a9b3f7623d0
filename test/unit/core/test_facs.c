/* SPDX-License-Identifier: GPL-2.0-only */
/* The FACS as the firmware leaves it, and as a guest may have left it. */
#include "core/start/facs.h"

#include <string.h>

#include "../test.h"

#define OWN 0x9E000

static struct facs facs;

static void make(uint8_t version)
{
    memset(&facs, 0, sizeof(facs));
    memcpy(facs.signature, "FACS", 4);
    facs.length = sizeof(facs);
    facs.version = version;
    facs.flags = 3;
}

static void what_is_good(void)
{
    make(0);
    CHECK(facs_is_good(&facs));
    CHECK(!facs_has_x_vector(&facs));
    facs.length = sizeof(facs) - 1;
    CHECK(!facs_is_good(&facs));
    make(1);
    CHECK(facs_has_x_vector(&facs));
    facs.signature[3] = 'X';
    CHECK(!facs_is_good(&facs));
}

static void no_64_bit_wake(void)
{
    make(2);
    facs_hide_64bit_wake(&facs);
    CHECK_EQ(facs.flags, 1);
}

/* Whatever the version says now, nobody but Lapwing's vector is in there. */
static void taken_and_given_back(void)
{
    for (uint8_t version = 0; version < 3; version++) {
        struct facs_vectors guests;

        make(version);
        facs.vector = 0x9A1F0;
        facs.x_vector = UINT64_C(0x123456789A);
        guests = facs_take(&facs, OWN);
        CHECK_EQ(guests.vector, 0x9A1F0);
        CHECK_EQ(guests.x_vector, UINT64_C(0x123456789A));
        CHECK_EQ(facs.vector, OWN);
        CHECK_EQ(facs.x_vector, 0);
        facs_give_back(&facs, &guests);
        CHECK_EQ(facs.vector, 0x9A1F0);
        CHECK_EQ(facs.x_vector, UINT64_C(0x123456789A));
    }
}

static void where_the_guest_goes_on(void)
{
    struct facs_vectors both = {.vector = 0x9A1F4, .x_vector = 0x123456};
    struct facs_entry e = facs_entry(&both, false);

    CHECK_EQ(e.kind, FACS_ENTRY_REAL);
    CHECK_EQ(e.cs, 0x9A1F);
    CHECK_EQ(e.ip, 4);
    e = facs_entry(&both, true);
    CHECK_EQ(e.kind, FACS_ENTRY_FLAT32);
    CHECK_EQ(e.address, 0x123456);
    both.x_vector = 0;
    CHECK_EQ(facs_entry(&both, true).kind, FACS_ENTRY_REAL);
    both.vector = 0;
    CHECK_EQ(facs_entry(&both, true).kind, FACS_ENTRY_NONE);
    both.vector = 0xFFFFFFFF; /* as firmware that computes in 16 bits */
    e = facs_entry(&both, true);
    CHECK_EQ(e.cs, 0xFFFF);
    CHECK_EQ(e.ip, 0xF);
}

int main(void)
{
    TEST_RUN(what_is_good);
    TEST_RUN(no_64_bit_wake);
    TEST_RUN(taken_and_given_back);
    TEST_RUN(where_the_guest_goes_on);
    return test_done();
}
