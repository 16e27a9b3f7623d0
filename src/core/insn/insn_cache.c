/* SPDX-License-Identifier: GPL-2.0-only */
/* The decoded stores and loads of one CPU; see insn_cache.h. State: the cache, its own CPU only. */
#include "core/insn/insn_cache.h"

int insn_cache_decode(struct insn_cache *c, const struct insn_bytes *bytes, size_t len,
                      enum insn_mode mode, const struct insn **out)
{
    struct insn_cache_entry *e = insn_cache_entry(c, bytes->word[0]);
    int err;

    *out = &e->insn;
    /* Of fewer bytes the missing ones would count as zeroes. */
    if (e->bytes.word[0] == bytes->word[0] && e->bytes.word[1] == bytes->word[1] &&
        e->mode == (uint16_t)mode && len == INSN_MAX_LENGTH)
        return 0;
    err = insn_decode_store(bytes->byte, len, mode, &e->insn);
    e->bytes = *bytes;
    e->mode = err ? 0 : (uint16_t)mode;
    e->plain = err ? INSN_NOT_PLAIN : (uint16_t)insn_plain(&e->insn);
    return err;
}
