/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out a guest plan on fake memory from address 0, as the hypervisor does. Checks that every
 * byte goes to memory of the guest.
 */
#ifndef UNIT_CORE_RUN_PLAN_H
#define UNIT_CORE_RUN_PLAN_H

#include "../test.h"
#include "fake_phys.h"
#include "core/start/guest_plan.h"
#include "core/memory/memmap.h"

static inline void run_plan(struct fake_phys *ram, const struct memmap *map,
                            const struct guest_plan *plan, const uint8_t *block)
{
    for (unsigned i = 0; i < plan->step_count; i++) {
        const struct guest_step *s = &plan->step[i];

        CHECK_MSG(memmap_is_usable(map, s->dst, s->size + s->zero), "step %u to %llx", i,
                  (unsigned long long)s->dst);
        CHECK(s->src + s->size <= ram->size);
        memmove(ram->bytes + s->dst, ram->bytes + s->src, s->size);
        memset(ram->bytes + s->dst + s->size, 0, s->zero);
    }
    CHECK(memmap_is_usable(map, plan->block_pa, plan->block_size));
    CHECK(plan->block_pa + plan->block_size <= MEMMAP_LOW_END && plan->block_pa % PAGE_SIZE == 0);
    CHECK(plan->gdt_pa >= plan->block_pa &&
          plan->gdt_pa + GUEST_GDT_SIZE <= plan->block_pa + plan->block_size);
    memcpy(ram->bytes + plan->block_pa, block, plan->block_size);
}

/* Fills in bytes that tell which file they are of, and where in it. */
static inline void fill_pattern(uint8_t *p, uint64_t size, uint64_t seed)
{
    for (uint64_t i = 0; i < size; i++)
        p[i] = (uint8_t)(seed * 37 + i + (i >> 8) * 3 + (i >> 16) * 7);
}

static inline bool has_pattern(const uint8_t *p, uint64_t size, uint64_t seed, uint64_t from)
{
    for (uint64_t i = 0; i < size; i++) {
        uint64_t j = from + i;

        if (p[i] != (uint8_t)(seed * 37 + j + (j >> 8) * 3 + (j >> 16) * 7))
            return false;
    }
    return true;
}

#endif
