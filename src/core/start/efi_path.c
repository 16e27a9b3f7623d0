/* SPDX-License-Identifier: GPL-2.0-only */
/* Device paths of UEFI; see efi_path.h. No state. */
#include "core/start/efi_path.h"

#include <lapwing/string.h>

/* A node begins with its type, its subtype, and its size in bytes, these included. */
enum node_layout { NODE_TYPE, NODE_SUBTYPE, NODE_SIZE, NODE_HEADER = 4 };

#define TYPE_MEDIA   4
#define SUBTYPE_FILE 4
#define TYPE_END     0x7F
#define SUBTYPE_END  0xFF /* of the whole path */

static size_t node(uint8_t *to, uint8_t type, uint8_t subtype, size_t size)
{
    to[NODE_TYPE] = type;
    to[NODE_SUBTYPE] = subtype;
    to[NODE_SIZE] = (uint8_t)size;
    to[NODE_SIZE + 1] = (uint8_t)(size >> 8);
    return size;
}

static size_t size_of(const uint8_t *n)
{
    return (size_t)(n[NODE_SIZE] | n[NODE_SIZE + 1] << 8);
}

bool efi_path_of_file(const void *device, const char *file, uint8_t *to, size_t room)
{
    const size_t name = 2 * (strlen(file) + 1), added = 2 * (size_t)NODE_HEADER + name;
    const uint8_t *from = device;
    size_t at = 0;

    for (; from[at] != TYPE_END; at += size_of(from + at)) {
        if (size_of(from + at) < NODE_HEADER || size_of(from + at) + added > room - at)
            return false;
        memcpy(to + at, from + at, size_of(from + at));
    }
    if (added > room - at)
        return false;
    node(to + at, TYPE_MEDIA, SUBTYPE_FILE, NODE_HEADER + name);
    for (size_t i = 0; i < name; i += 2) {
        to[at + NODE_HEADER + i] = (uint8_t)(file[i / 2] == '/' ? '\\' : file[i / 2]);
        to[at + NODE_HEADER + i + 1] = 0;
    }
    node(to + at + NODE_HEADER + name, TYPE_END, SUBTYPE_END, NODE_HEADER);
    return true;
}
