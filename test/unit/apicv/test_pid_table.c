/* SPDX-License-Identifier: GPL-2.0-only */
/* PID-pointer tables: what the processor must find in them, and what it must not find. */
#include "test.h"

#include "apic/apicv/pid_table.h"

static void listing(void)
{
    static struct pid_table t;

    pid_table_list(&t, 3, 0x12340);
    CHECK_EQ(atomic_load(&t.pointers[3]), 0x12341); /* bit 0: valid */
    pid_table_unlist(&t, 3);
    for (unsigned i = 0; i < PID_TABLE_IDS; i++)
        CHECK_EQ(atomic_load(&t.pointers[i]), 0);
}

static void ids_without_room(void)
{
    static struct pid_table t;

    pid_table_list(&t, PID_TABLE_IDS, 0x12340);
    pid_table_unlist(&t, UINT32_C(0xffffffff));
    pid_table_list(&t, PID_TABLE_IDS - 1, 0x12340);
    CHECK_EQ(atomic_load(&t.pointers[PID_TABLE_IDS - 1]), 0x12341);
}

static void last_index(void)
{
    CHECK_EQ(pid_table_last(3, false), 3);
    CHECK_EQ(pid_table_last(3, true), 3);
    CHECK_EQ(pid_table_last(0xff, false), 0xfe); /* FFH is everybody */
    CHECK_EQ(pid_table_last(0xff, true), 0xff);
    CHECK_EQ(pid_table_last(0x10000, false), 0xfe);
    CHECK_EQ(pid_table_last(UINT32_C(0xfffffffe), true), PID_TABLE_IDS - 1);
}

int main(void)
{
    TEST_RUN(listing);
    TEST_RUN(ids_without_room);
    TEST_RUN(last_index);
    return test_done();
}
