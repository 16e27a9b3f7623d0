/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks that Lapwing is still in control; see control.h. No state. */
#include "control.h"

#include "leaf.h"
#include "memory_map.h"
#include "smp.h"
#include "tap.h"

bool under_lapwing(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    return leaf.base != 0;
}

static void look(void *arg)
{
    *(bool *)arg = under_lapwing();
}

void check_control(void)
{
    const bool expected = under_lapwing();

    for (unsigned i = 1; i < cpu_count(); i++) {
        bool found = !expected;

        tap_check(on_cpu(i, look, &found), "CPU %u does not answer", i);
        tap_check(found == expected, "CPU %u escaped", i);
    }
    CHECK(cpu_count() >= 1);
}

unsigned check_hidden(void)
{
    const uint64_t end = memory_ram_end();
    unsigned hidden = 0;

    for (uint64_t page = MIB; page < end; page += PAGE_SIZE) {
        volatile uint64_t *word = (volatile uint64_t *)page;

        if (memory_find(page) || word[0] != UINT64_MAX || word[511] != UINT64_MAX)
            continue;
        hidden++;
        word[0] = 0;
        word[511] = 0;
        tap_check(word[0] == UINT64_MAX && word[511] == UINT64_MAX, "0x%lx keeps a write",
                  (unsigned long)page);
    }
    return hidden;
}
