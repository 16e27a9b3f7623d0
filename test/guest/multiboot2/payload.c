/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * multiboot2: an ELF64 kernel with a Multiboot 2 header reads the information that Lapwing writes
 * for it (Multiboot2 Specification 2.0, "Boot information format").
 */
#include <lapwing/string.h>
#include <lapwing/types.h>
#include "lib/console.h"
#include "lib/tap.h"

#define MAGIC    UINT32_C(0x36D76289) /* EAX at entry */
#define INFO_MAX 16384

enum { TAG_END, TAG_CMDLINE, TAG_LOADER, TAG_MODULE, TAG_MEM, TAG_MMAP = 6, TAG_LOAD_BASE = 21 };
enum { TAG_ACPI_OLD = 14, TAG_ACPI_NEW };

const char payload_name[] = "multiboot2";
const unsigned payload_max_cpus = 2;

extern uint32_t boot_magic, boot_info, multiboot2_entered;
extern uint8_t payload_start[];

static uint8_t info[INFO_MAX];

static uint32_t word_at(uint32_t offset)
{
    uint32_t word;

    memcpy(&word, info + offset, sizeof(word));
    return word;
}

/* Low memory, where the information lies, is for trampolines later. */
const char *payload_unfit(void)
{
    if (boot_magic != MAGIC)
        return "it is for a loader that speaks Multiboot 2";
    memcpy(info, (const void *)(uintptr_t)boot_info, sizeof(info));
    return NULL;
}

/* Returns the offset of the tag's data, or 0. Sets *size to the number of its bytes. */
static uint32_t find(uint32_t type, uint32_t *size)
{
    for (uint32_t at = 8; at + 8 <= word_at(0); at += ALIGN_UP(word_at(at + 4), 8U)) {
        *size = word_at(at + 4) - 8;
        if (word_at(at) == type)
            return at + 8;
        if (word_at(at) == TAG_END)
            break;
    }
    return 0;
}

static void case_start(void)
{
    uint32_t size, at = find(TAG_LOAD_BASE, &size);

    CHECK_EQ(boot_info % 8, 0);
    CHECK_EQ(multiboot2_entered, 1);
    CHECK(at && size == 4);
    CHECK_EQ(word_at(at), (uintptr_t)payload_start);
}

static void case_tags(void)
{
    uint32_t at = 8, tags = 0;

    CHECK(word_at(0) <= INFO_MAX);
    CHECK_EQ(word_at(4), 0);
    while (at + 8 <= word_at(0) && word_at(at) != TAG_END && tags++ < 100) {
        CHECK(word_at(at + 4) >= 8);
        at += ALIGN_UP(word_at(at + 4), 8U);
    }
    CHECK_EQ(at + 8, word_at(0));
    CHECK_EQ(word_at(at), TAG_END);
    print("# %u tags\n", tags);
}

static void case_strings(void)
{
    uint32_t size, at = find(TAG_CMDLINE, &size);

    CHECK(at && strcmp((const char *)info + at, "some words") == 0);
    at = find(TAG_LOADER, &size);
    CHECK(at && strcmp((const char *)info + at, "Lapwing") == 0);
}

/* The payload's own memory, and the sizes that are told apart from the map. */
static void case_map(void)
{
    uint32_t size, at = find(TAG_MMAP, &size), mem_size, mem = find(TAG_MEM, &mem_size);
    bool own = false, upper = false;

    CHECK(at && word_at(at) == 24 && word_at(at + 4) == 0 && size % 24 == 8);
    CHECK(mem && mem_size == 8);
    for (uint32_t entry = at + 8; entry + 24 <= at + size; entry += 24) {
        uint64_t range[2];

        memcpy(range, info + entry, sizeof(range));
        if (word_at(entry + 16) != 1)
            continue;
        own |=
            range[0] <= (uintptr_t)payload_start && range[0] + range[1] > (uintptr_t)payload_start;
        upper |= range[0] == MIB && range[1] / KIB == word_at(mem + 4);
    }
    CHECK(own);
    CHECK(upper);
}

static void case_acpi(void)
{
    uint32_t size, at = find(TAG_ACPI_NEW, &size);
    uint8_t sum = 0;

    if (!at)
        at = find(TAG_ACPI_OLD, &size);
    CHECK(at && size >= 20 && memcmp(info + at, "RSD PTR ", 8) == 0);
    for (unsigned i = 0; i < 20; i++)
        sum = (uint8_t)(sum + info[at + i]);
    CHECK_EQ(sum, 0);
}

const struct payload_case payload_cases[] = {
    {"start", case_start, NULL}, {"tags", case_tags, NULL}, {"strings", case_strings, NULL},
    {"map", case_map, NULL},     {"acpi", case_acpi, NULL}, {NULL, NULL, NULL},
};
