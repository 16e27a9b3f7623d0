/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk over Multiboot 2 tags, those of the information and those of a kernel's header. Pure. */
#ifndef CORE_START_MB2_TAG_H
#define CORE_START_MB2_TAG_H

#include "core/start/multiboot2_layout.h"

struct mb2_walk {
    const uint8_t *bytes;
    uint64_t at, end; /* offsets: of the next tag, and of the first byte behind all of them */
};

/*
 * Returns the next tag: its size is at least that of its head, and it lies inside. Returns NULL with
 * a text in *why if there is none. The caller stops at the tag that ends the list.
 */
const uint8_t *mb2_next_tag(struct mb2_walk *walk, const char **why);

#endif
