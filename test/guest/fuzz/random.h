/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers of a step, which depend on nothing but the seed and the step's number. */
#ifndef GUEST_FUZZ_RANDOM_H
#define GUEST_FUZZ_RANDOM_H

#include <lapwing/types.h>

struct random {
    uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators") */
static inline uint64_t random_64(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static inline struct random random_at(uint64_t seed, uint64_t step)
{
    struct random r = {seed * UINT64_C(0xD1342543DE82EF95) ^ step};

    r.state = random_64(&r);
    return r;
}

/* 0 to n - 1 */
static inline unsigned random_below(struct random *r, unsigned n)
{
    return (unsigned)(random_64(r) >> 32) % n;
}

/* True once in n times. */
static inline bool random_one_in(struct random *r, unsigned n)
{
    return random_below(r, n) == 0;
}

#define RANDOM_OF(r, array) ((array)[random_below((r), ARRAY_SIZE(array))])

/* values.c: numbers that somebody is likely to have forgotten, `old` with a change among them. */
uint64_t random_value(struct random *r, uint64_t old);

#endif
