/* SPDX-License-Identifier: GPL-2.0-only */
/* The decoded stores and loads of one CPU; see insn_cache.h. State: the cache, its own CPU only. */
#include "core/insn/insn_cache.h"

#define HASH_FACTOR UINT64_C(0x9E3779B97F4A7C15) /* spreads low bits over the high ones */
#define HASH_SHIFT  61                           /* leaves INSN_CACHE_ENTRIES values */

_Static_assert(INSN_CACHE_ENTRIES == 1 << (64 - HASH_SHIFT), "each hash has an entry");

static struct insn_cache_entry *entry_of(struct insn_cache *c, const struct insn_bytes *bytes)
{
    return &c->entry[bytes->word[0] * HASH_FACTOR >> HASH_SHIFT];
}

int insn_cache_decode(struct insn_cache *c, const struct insn_bytes *bytes, size_t len,
                      enum insn_mode mode, const struct insn **out)
{
    struct insn_cache_entry *e = entry_of(c, bytes);
    int err;

    *out = &e->insn;
    /* Of fewer bytes the missing ones would count as zeroes. */
    if (e->bytes.word[0] == bytes->word[0] && e->bytes.word[1] == bytes->word[1] &&
        e->mode == (uint32_t)mode && len == INSN_MAX_LENGTH)
        return 0;
    err = insn_decode_store(bytes->byte, len, mode, &e->insn);
    e->bytes = *bytes;
    e->mode = err ? 0 : (uint32_t)mode;
    return err;
}
