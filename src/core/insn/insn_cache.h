/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stores and loads that one CPU has decoded last. What insn_decode_store() makes of an instruction
 * depends on its bytes and the mode only. So an entry is exact for ever, wherever the bytes are: they are
 * fetched and compared each time. Each CPU has a cache, which only this CPU touches.
 */
#ifndef CORE_INSN_INSN_CACHE_H
#define CORE_INSN_INSN_CACHE_H

#include "core/insn/insn.h"

/* A kernel writes its LAPIC by a few instructions. A power of two. */
#define INSN_CACHE_ENTRIES 8

/* All bytes that were fetched, those behind the instruction too. */
struct insn_bytes {
    union {
        uint8_t byte[INSN_MAX_LENGTH + 1]; /* the last one is 0 */
        uint64_t word[2];
    };
};

struct insn_cache {
    struct insn_cache_entry {
        struct insn_bytes bytes;
        uint16_t mode;  /* enum insn_mode; 0: the entry is empty */
        uint16_t plain; /* enum insn_plain */
        struct insn insn;
    } entry[INSN_CACHE_ENTRIES];
};

/* Returns the entry that remembers what begins with these eight bytes, if any does. */
static inline struct insn_cache_entry *insn_cache_entry(struct insn_cache *c, uint64_t first)
{
    /* The factor spreads low bits over the high ones. */
    return &c->entry[first * UINT64_C(0x9E3779B97F4A7C15) /
                     (~UINT64_C(0) / INSN_CACHE_ENTRIES + 1)];
}

/*
 * Does what insn_decode_store() does with the `len` bytes at `bytes`; the bytes from there on are 0.
 * *out points into the cache, and holds until the next call.
 */
int insn_cache_decode(struct insn_cache *c, const struct insn_bytes *bytes, size_t len,
                      enum insn_mode mode, const struct insn **out);

#endif
