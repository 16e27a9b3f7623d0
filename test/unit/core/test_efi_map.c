/* SPDX-License-Identifier: GPL-2.0-only */
/* UEFI's memory map: every page keeps its type, but for Lapwing's and those of the copy itself. */
#include "core/start/efi_map.h"

#include <string.h>

#include "test.h"

#define STEP  48U /* as firmware has it: longer than what is known */
#define PAGES 256U
#define LAST  7U /* of the descriptors */
#define AT    UINT64_C(0xF0000)
#define MARK  0x77

struct entry {
    uint32_t type, padding;
    uint64_t physical, virtual, pages, attribute;
    uint64_t behind;
};

_Static_assert(sizeof(struct entry) == STEP, "a descriptor");

static struct entry map[LAST + 1], copy[LAST + 1 + 5];
static struct boot_efi efi;

/* Descriptors of 32 pages each, of types 7, 8, ... */
static void make(void)
{
    for (uint32_t i = 0; i <= LAST; i++)
        map[i] = (struct entry){.type = 7 + i,
                                .physical = UINT64_C(32) * i * PAGE_SIZE,
                                .pages = 32,
                                .attribute = 0x10 + i,
                                .behind = 0x20 + i};
    efi = (struct boot_efi){.map = (const uint8_t *)map,
                            .map_size = sizeof(map),
                            .descriptor_size = STEP,
                            .descriptor_version = 1};
    memset(copy, MARK, sizeof(copy));
}

static const struct entry *entry_of(uint32_t size, hpa_t pa)
{
    const struct entry *found = NULL;

    for (uint32_t i = 0; i < size / STEP; i++) {
        if (pa >= copy[i].physical && pa < copy[i].physical + copy[i].pages * PAGE_SIZE) {
            CHECK(!found);
            found = &copy[i];
        }
    }
    CHECK(found);
    return found;
}

static void check_at(hpa_t at, uint32_t first, uint32_t end)
{
    const struct phys_range own = {first * PAGE_SIZE, end * PAGE_SIZE};
    uint32_t size;

    make();
    size = efi_map_copy(&efi, own, at, (uint8_t *)copy);
    CHECK_EQ(size % STEP, 0);
    CHECK(size <= efi_map_room(&efi));
    CHECK_EQ(*((uint8_t *)copy + efi_map_room(&efi)), MARK);
    for (uint32_t page = 0; page < PAGES; page++) {
        const struct entry *e = entry_of(size, page * PAGE_SIZE);
        uint32_t type = 7 + page / 32;

        if (page >= first && page < end)
            type = EFI_RESERVED;
        if (page >= at / PAGE_SIZE && page <= (at + efi_map_room(&efi) - 1) / PAGE_SIZE)
            type = EFI_LOADER_DATA;
        CHECK_EQ(e->type, type);
        CHECK_EQ(e->attribute, 0x10 + page / 32);
        CHECK_EQ(e->behind, 0x20 + page / 32);
    }
}

static void check(uint32_t first, uint32_t end)
{
    check_at(AT, first, end);
}

/* As in a Multiboot block, where tags come before it. */
static void copy_across_a_page(void)
{
    check_at(AT + PAGE_SIZE - 16, 70, 80);
}

static void within_one(void)
{
    check(70, 80);
    check(64, 70);
    check(70, 96);
    check(64, 96);
}

static void across_several(void)
{
    check(10, 100);
    check(0, 239);
    check(32, 128);
}

/* Lapwing's range and the copy in one descriptor. */
static void beside_the_copy(void)
{
    check(230, 240);
    check(241, 256);
}

/* Then too much is reserved, and nothing is written beyond the room. */
static void overlapping_descriptors(void)
{
    const struct phys_range own = {10 * PAGE_SIZE, 20 * PAGE_SIZE};
    uint32_t size;

    make();
    for (uint32_t i = 0; i <= LAST; i++)
        map[i].physical = 0;
    size = efi_map_copy(&efi, own, AT, (uint8_t *)copy);
    CHECK(size <= efi_map_room(&efi));
    CHECK_EQ(*((uint8_t *)copy + efi_map_room(&efi)), MARK);
    for (uint32_t i = 0; i < size / STEP; i++) {
        const bool overlaps =
            copy[i].physical < own.end && copy[i].physical + copy[i].pages * PAGE_SIZE > own.start;

        CHECK(!overlaps || copy[i].type == EFI_RESERVED);
    }
}

/* Neighbours of one kind become one range. What boot services have is a system's in the end. */
static void read_as_memory(void)
{
    static const uint32_t types[LAST + 1] = {0, 1, 4, 7, 9, 10, 6, 7};
    static struct boot_info info;
    const char *why = "";

    make();
    for (uint32_t i = 0; i <= LAST; i++)
        map[i].type = types[i];
    info.mem_count = 0;
    CHECK_EQ(efi_map_read(&efi, &info, &why), 0);
    CHECK_EQ(info.mem_count, 6);
    CHECK_EQ(info.mem[0].type, MEM_RESERVED);
    CHECK_EQ(info.mem[1].type, MEM_USABLE);
    CHECK_EQ(info.mem[1].base, 32 * PAGE_SIZE);
    CHECK_EQ(info.mem[1].size, 3 * 32 * PAGE_SIZE);
    CHECK_EQ(info.mem[2].type, MEM_ACPI);
    CHECK_EQ(info.mem[3].type, MEM_NVS);
    CHECK_EQ(info.mem[4].type, MEM_RESERVED);
    CHECK_EQ(info.mem[5].base, LAST * 32 * PAGE_SIZE);
    info.mem_count = BOOT_MEM_MAX;
    CHECK(efi_map_read(&efi, &info, &why) < 0);
}

int main(void)
{
    TEST_RUN(read_as_memory);
    TEST_RUN(copy_across_a_page);
    TEST_RUN(within_one);
    TEST_RUN(across_several);
    TEST_RUN(beside_the_copy);
    TEST_RUN(overlapping_descriptors);
    return test_done();
}
