/* SPDX-License-Identifier: GPL-2.0-only */
/* What a Multiboot kernel's header says, in one form for versions 1 and 2. Pure. */
#ifndef CORE_START_MB_HEADER_H
#define CORE_START_MB_HEADER_H

#include <lapwing/types.h>

/* Where to load a kernel that is no ELF file, or whose ELF headers do not count. */
struct mb_addresses {
    uint32_t header_addr;
    uint32_t load_addr;     /* UINT32_MAX: all of the file, from its first byte on */
    uint32_t load_end_addr; /* 0: all of the file */
    uint32_t bss_end_addr;  /* 0: nothing more */
    uint32_t entry_addr;
};

struct mb_header {
    const uint8_t *bytes; /* the header in the file */
    uint32_t offset;      /* of the header in the file */
    uint32_t room;        /* bytes of the file from there to the end of where a header may be */
    bool has_addresses;   /* all but the entry point */
    bool has_entry;
    struct mb_addresses addresses;
};

/* Finds a version's header: sets `bytes`, `offset` and `room`, and returns true. */
bool mb_header_find(const uint8_t *file, uint64_t size, unsigned version, struct mb_header *h);

/* Reads the header that was found. Returns 0, or -EINVAL with a text in *why. */
int mb1_header_read(struct mb_header *h, const char **why);
int mb2_header_read(struct mb_header *h, const char **why);

#endif
