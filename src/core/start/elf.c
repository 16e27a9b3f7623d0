/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF32 and ELF64 program headers (Tool Interface Standard ELF 1.2; System V ABI, "Program
 * Header"). The two classes differ in the width and place of fields, which a table of offsets
 * tells. No state.
 */
#include "core/start/elf.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#define EI_CLASS    4
#define EI_DATA     5
#define ELFCLASS32  1
#define ELFCLASS64  2
#define ELFDATA2LSB 1
#define E_TYPE      16
#define E_MACHINE   18
#define E_ENTRY     24
#define ET_EXEC     2
#define EM_386      3
#define EM_X86_64   62
#define PT_LOAD     1

/* Offsets that depend on the class. */
struct elf_layout {
    uint8_t header_size;
    uint8_t word; /* width of addresses and offsets */
    uint8_t phoff, phentsize, phnum;
    uint8_t ph_size; /* the size of one program header; below: the fields in it */
    uint8_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz;
};

static const struct elf_layout layout32 = {
    .header_size = 52,
    .word = 4,
    .phoff = 28,
    .phentsize = 42,
    .phnum = 44,
    .ph_size = 32,
    .p_offset = 4,
    .p_vaddr = 8,
    .p_paddr = 12,
    .p_filesz = 16,
    .p_memsz = 20,
};

static const struct elf_layout layout64 = {
    .header_size = 64,
    .word = 8,
    .phoff = 32,
    .phentsize = 54,
    .phnum = 56,
    .ph_size = 56,
    .p_offset = 8,
    .p_vaddr = 16,
    .p_paddr = 24,
    .p_filesz = 32,
    .p_memsz = 40,
};

/* A number of 2, 4 or 8 bytes. */
static uint64_t get(const uint8_t *p, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, p, width);
    return value;
}

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

static bool is_elf(const uint8_t *file, uint64_t size)
{
    return size >= layout32.header_size && memcmp(file, "\177ELF", 4) == 0;
}

/* Returns the layout of a file that this code can load, or NULL. */
static const struct elf_layout *find_layout(const uint8_t *file, uint64_t size)
{
    const struct elf_layout *l;

    if (!is_elf(file, size) || file[EI_DATA] != ELFDATA2LSB)
        return NULL;
    if (file[EI_CLASS] == ELFCLASS32)
        l = &layout32;
    else if (file[EI_CLASS] == ELFCLASS64)
        l = &layout64;
    else
        return NULL;
    if (size < l->header_size || get(file + E_TYPE, 2) != ET_EXEC)
        return NULL;
    /* The class does not say which machine: x86-64 code comes in ELF32 too. */
    if (get(file + E_MACHINE, 2) != EM_386 && get(file + E_MACHINE, 2) != EM_X86_64)
        return NULL;
    return l;
}

static int read_segment(const struct elf_layout *l, const uint8_t *ph, uint64_t file_size,
                        uint64_t entry_va, struct elf_image *image, const char **why)
{
    struct elf_segment s = {
        .offset = get(ph + l->p_offset, l->word),
        .file_size = get(ph + l->p_filesz, l->word),
        .pa = get(ph + l->p_paddr, l->word),
        .mem_size = get(ph + l->p_memsz, l->word),
    };
    uint64_t va = get(ph + l->p_vaddr, l->word);

    if (get(ph, 4) != PT_LOAD || s.mem_size == 0)
        return 0;
    if (s.file_size > s.mem_size || s.offset > file_size || s.file_size > file_size - s.offset)
        return fail(-EINVAL, why, "the ELF kernel is cut off or broken: a segment is not in it");
    if (s.mem_size > UINT64_MAX - s.pa)
        return fail(-EINVAL, why, "the ELF kernel has a segment with a wrong address");
    if (image->count == ELF_SEGMENT_MAX)
        return fail(-ENOSPC, why, "the ELF kernel has more than 16 segments");
    if (entry_va >= va && entry_va - va < s.mem_size)
        image->entry = entry_va - va + s.pa;
    image->segment[image->count++] = s;
    return 0;
}

int elf_read(const uint8_t *file, uint64_t size, struct elf_image *image, const char **why)
{
    const struct elf_layout *l = find_layout(file, size);
    uint64_t phoff, phentsize, phnum;

    memset(image, 0, sizeof(*image));
    if (!l)
        return fail(-EINVAL, why, "the kernel is no ELF executable for x86");
    image->entry = get(file + E_ENTRY, l->word);
    phoff = get(file + l->phoff, l->word);
    phentsize = get(file + l->phentsize, 2);
    phnum = get(file + l->phnum, 2);
    if (phentsize < l->ph_size || phoff > size || phnum * phentsize > size - phoff)
        return fail(-EINVAL, why, "the ELF kernel is cut off: its program headers are not in it");

    for (uint64_t i = 0; i < phnum; i++) {
        int ret = read_segment(l, file + phoff + i * phentsize, size, get(file + E_ENTRY, l->word),
                               image, why);

        if (ret)
            return ret;
    }
    return image->count ? 0 : fail(-EINVAL, why, "the ELF kernel has nothing to load");
}
