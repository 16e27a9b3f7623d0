/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a Multiboot 2 kernel's header (Multiboot2 Specification 2.0, "OS image format"). No state. */
#include "core/start/mb_header.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"
#include "core/start/mb2_info.h"
#include "core/start/mb2_tag.h"

/*
 * Does a request for a tag of the information, or a tag of the header, ask for what is known? Of the
 * header's tags those for a console, a framebuffer, EFI and a place elsewhere are read over: what
 * there is, is told.
 */
static bool is_known(const uint8_t *tag, const struct mb2_header_tag *head)
{
    if (head->type != MB2_HEADER_TAG_INFO_REQUEST)
        return head->type <= MB2_HEADER_TAG_LAST;
    for (uint32_t at = sizeof(*head); head->size - at >= sizeof(uint32_t); at += sizeof(uint32_t)) {
        uint32_t type;

        memcpy(&type, tag + at, sizeof(type));
        if (type > MB2_TAG_LAST || !(MB2_TAGS_GIVEN & BIT32(type)))
            return false;
    }
    return true;
}

static int read_tag(const uint8_t *tag, struct mb_header *h, const char **why)
{
    struct mb_addresses *a = &h->addresses;
    struct mb2_header_tag head;
    bool is_entry;
    uint32_t size;

    memcpy(&head, tag, sizeof(head));
    if (!(head.flags & MB2_HEADER_TAG_OPTIONAL) && !is_known(tag, &head))
        return boot_fail(-EINVAL, why,
                         "the Multiboot kernel needs something that is not known here");
    is_entry = head.type == MB2_HEADER_TAG_ENTRY;
    if (!is_entry && head.type != MB2_HEADER_TAG_ADDRESS)
        return 0;
    size = is_entry ? sizeof(a->entry_addr) : offsetof(struct mb_addresses, entry_addr);
    if (head.size - sizeof(head) < size)
        return boot_fail(-EINVAL, why, "a Multiboot 2 tag has a wrong size");
    memcpy(is_entry ? &a->entry_addr : &a->header_addr, tag + sizeof(head), size);
    *(is_entry ? &h->has_entry : &h->has_addresses) = true;
    return 0;
}

int mb2_header_read(struct mb_header *h, const char **why)
{
    struct mb2_walk walk = {.bytes = h->bytes, .at = sizeof(struct mb2_header)};
    struct mb2_header head;
    const uint8_t *tag;
    int ret = 0;

    memcpy(&head, h->bytes, sizeof(head));
    if (head.architecture || head.length > h->room)
        return boot_fail(-EINVAL, why, "the Multiboot header is cut off, or not for x86");
    walk.end = head.length;
    while (ret == 0) {
        tag = mb2_next_tag(&walk, why);
        if (!tag)
            return -EINVAL;
        if (tag[0] == MB2_HEADER_TAG_END && tag[1] == 0)
            return 0;
        ret = read_tag(tag, h, why);
    }
    return ret;
}
