/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk over Multiboot 2 tags; see mb2_tag.h. No state. */
#include "core/start/mb2_tag.h"

#include <lapwing/string.h>

const uint8_t *mb2_next_tag(struct mb2_walk *walk, const char **why)
{
    const uint8_t *tag;
    struct mb2_tag head;

    *why = "Multiboot 2 tags have no end tag";
    if (walk->at > walk->end || walk->end - walk->at < sizeof(head))
        return NULL;
    tag = walk->bytes + walk->at;
    memcpy(&head, tag, sizeof(head));
    *why = "a Multiboot 2 tag has a wrong size";
    if (head.size < sizeof(head) || head.size > walk->end - walk->at)
        return NULL;
    walk->at += ALIGN_UP((uint64_t)head.size, MB2_TAG_ALIGN);
    return tag;
}
