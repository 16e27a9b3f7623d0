/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory for host tests: a heap block of exactly its size, so that the address sanitizer
 * sees every read beyond the memory. And a random number generator that repeats.
 */
#ifndef UNIT_CORE_FAKE_PHYS_H
#define UNIT_CORE_FAKE_PHYS_H

#include <stdlib.h>
#include <string.h>

#include "core/start/bootinfo.h"

struct fake_phys {
    hpa_t base;
    size_t size;
    uint8_t *bytes;
};

/* `data` may be NULL for zeroes. */
static inline struct fake_phys fake_phys_new(hpa_t base, const void *data, size_t size)
{
    struct fake_phys f = {base, size, malloc(size)};

    if (!f.bytes)
        abort();
    if (data && size)
        memcpy(f.bytes, data, size);
    else if (size)
        memset(f.bytes, 0, size);
    return f;
}

static inline const void *fake_phys_map(void *ctx, hpa_t pa, size_t size)
{
    const struct fake_phys *f = ctx;

    if (pa < f->base || pa - f->base > f->size || size > f->size - (pa - f->base))
        return NULL;
    return f->bytes + (pa - f->base);
}

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t test_random(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * UINT64_C(2685821657736338717);
}

static inline uint64_t test_random_below(uint64_t *seed, uint64_t limit)
{
    return (test_random(seed) >> 11) % limit;
}

static inline void put_le(uint8_t *p, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t get_le(const uint8_t *p, unsigned width)
{
    uint64_t value = 0;

    for (unsigned i = width; i-- > 0;)
        value = value << 8 | p[i];
    return value;
}

#endif
