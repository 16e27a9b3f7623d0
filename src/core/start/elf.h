/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads what a loader needs of an ELF executable: its PT_LOAD segments and its entry point. Pure.
 */
#ifndef CORE_START_ELF_H
#define CORE_START_ELF_H

#include <lapwing/types.h>

#define ELF_SEGMENT_MAX 16

struct elf_segment {
    uint64_t offset; /* in the file, in bytes */
    uint64_t file_size;
    uint64_t pa;
    uint64_t mem_size; /* never below file_size, never 0 */
};

struct elf_image {
    uint64_t entry; /* physical: translated by the segment that has it */
    unsigned count;
    struct elf_segment segment[ELF_SEGMENT_MAX];
};

/*
 * Reads an executable for i386 or x86-64. Each segment's file part lies inside the file, which is
 * `size` bytes long. -EINVAL: not such a file, or broken. -ENOSPC: more than ELF_SEGMENT_MAX
 * segments. Both come with a text in *why.
 */
int elf_read(const uint8_t *file, uint64_t size, struct elf_image *image, const char **why);

#endif
