/* SPDX-License-Identifier: GPL-2.0-only */
/* Multiboot information, whole, cut off at every length, and with random bytes wrong. */
#include <errno.h>

#include "../test.h"
#include "fake_phys.h"
#include "core/start/multiboot.h"

#define INFO_PA  UINT64_C(0x10000)
#define BLOB_MAX 4096

struct blob {
    uint8_t bytes[BLOB_MAX];
    size_t size;
};

static struct boot_info info;
static const char *why;

static size_t blob_add(struct blob *b, const void *data, size_t size)
{
    size_t at = b->size;

    memcpy(b->bytes + at, data, size);
    b->size += size;
    return at;
}

static void blob_put(struct blob *b, unsigned width, uint64_t value)
{
    put_le(b->bytes + b->size, width, value);
    b->size += width;
}

static const struct mem_region ranges[] = {
    {0, 0x9fc00, MEM_USABLE},
    {0x100000000, 0x40000000, MEM_USABLE},
    {0x9fc00, 0x400, MEM_RESERVED},
    {0xe0000000, 0x1000, 12},
};

static void check_common(void)
{
    CHECK_STR(info.cmdline, "log=e9");
    CHECK_STR(info.loader_name, "GRUB");
    CHECK_EQ(info.lower_kb, 639);
    CHECK_EQ(info.upper_kb, 0x12345);
    CHECK(info.has_drive);
    CHECK_EQ(info.drive, 0x81);
    CHECK_EQ(info.mem_count, ARRAY_SIZE(ranges));
    for (unsigned i = 0; i < info.mem_count && i < ARRAY_SIZE(ranges); i++) {
        CHECK_EQ(info.mem[i].base, ranges[i].base);
        CHECK_EQ(info.mem[i].size, ranges[i].size);
        CHECK_EQ(info.mem[i].type, ranges[i].type);
    }
    CHECK_EQ(info.module_count, 2);
    CHECK_EQ(info.modules[0].start, 0x200000);
    CHECK_EQ(info.modules[0].end, 0x300000);
    CHECK_STR(info.modules[0].cmdline, "root=/dev/sda quiet");
    CHECK_EQ(info.modules[1].end, 0x400001);
    CHECK_STR(info.modules[1].cmdline, "");
    CHECK(info.has_framebuffer);
    CHECK_EQ(info.framebuffer.addr, 0xfd000000);
    CHECK_EQ(info.framebuffer.height, 768);
    CHECK_EQ(info.framebuffer.type, 1);
    CHECK_EQ(info.framebuffer.red_pos, 16);
    CHECK_EQ(info.framebuffer.blue_size, 8);
}

/* Whatever was read can be read by others: run under the address sanitizer. */
static void touch_everything(void)
{
    volatile size_t sum = strlen(info.cmdline) + strlen(info.loader_name);

    CHECK(info.mem_count <= BOOT_MEM_MAX && info.module_count <= BOOT_MODULE_MAX &&
          info.loader_count <= BOOT_LOADER_MAX);
    for (unsigned i = 0; i < info.module_count; i++) {
        sum += strlen(info.modules[i].cmdline);
        CHECK(info.modules[i].start <= info.modules[i].end);
    }
    for (size_t i = 0; i < info.rsdp_size; i++)
        sum += ((const uint8_t *)info.rsdp_copy)[i];
    for (size_t i = 0; i < info.efi.map_size; i++)
        sum += info.efi.map[i];
    (void)sum;
}

static void put_framebuffer(struct blob *b, unsigned padding)
{
    static const uint8_t colours[] = {16, 8, 8, 8, 0, 8};

    blob_put(b, 8, 0xfd000000);
    blob_put(b, 4, 4096);
    blob_put(b, 4, 1024);
    blob_put(b, 4, 768);
    blob_put(b, 1, 32);
    blob_put(b, 1, 1);
    b->size += padding;
    blob_add(b, colours, sizeof(colours));
}

/* Version 1 --------------------------------------------------------------------------------- */

static void put_at(struct blob *b, size_t at, uint64_t value)
{
    put_le(b->bytes + at, 4, value);
}

static uint64_t add_string(struct blob *b, const char *s)
{
    return INFO_PA + blob_add(b, s, strlen(s) + 1);
}

static void make_mb1(struct blob *b)
{
    uint64_t string1, string2;

    memset(b, 0, sizeof(*b));
    b->size = 88;
    put_framebuffer(b, 0);
    put_at(b, 0, 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9 | 1 << 12);
    put_at(b, 4, 639);
    put_at(b, 8, 0x12345);
    put_at(b, 12, 0x81FFFFFF);
    put_at(b, 16, add_string(b, "log=e9"));
    put_at(b, 64, add_string(b, "GRUB"));
    string1 = add_string(b, "root=/dev/sda quiet");
    string2 = 0; /* no string at all */
    put_at(b, 20, 2);
    put_at(b, 24, INFO_PA + b->size);
    blob_put(b, 8, 0x200000 | UINT64_C(0x300000) << 32);
    blob_put(b, 8, string1);
    blob_put(b, 8, 0x300000 | UINT64_C(0x400001) << 32);
    blob_put(b, 8, string2);
    put_at(b, 48, INFO_PA + b->size);
    for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++) {
        unsigned extra = i & 1 ? 0 : 4; /* entries may be longer than we know */

        blob_put(b, 4, 20 + extra);
        blob_put(b, 8, ranges[i].base);
        blob_put(b, 8, ranges[i].size);
        blob_put(b, 4, ranges[i].type);
        blob_put(b, extra, 0);
    }
    put_at(b, 44, INFO_PA + b->size - get_le(b->bytes + 48, 4));
}

/* @good: it is to parse, as make_mb1() made it. */
static int parse_mb1(const struct blob *b, size_t size, bool good)
{
    struct fake_phys f = fake_phys_new(INFO_PA, b->bytes, size);
    struct phys_reader reader = {fake_phys_map, &f};
    int ret;

    why = NULL;
    ret = multiboot1_parse(INFO_PA, &reader, &info, &why);
    if (ret == 0)
        touch_everything();
    CHECK(ret == 0 || ((ret == -EINVAL || ret == -ENOSPC) && why));
    if (good)
        check_common();
    free(f.bytes);
    return ret;
}

static void mb1_whole_and_cut_off(void)
{
    struct blob b;

    make_mb1(&b);
    CHECK_EQ(parse_mb1(&b, b.size, true), 0);
    CHECK_EQ(info.loader_count, 1);
    CHECK_EQ(info.loader[0].start, INFO_PA);
    CHECK_EQ(info.loader[0].end, INFO_PA + PAGE_SIZE);
    for (size_t size = 0; size < b.size; size++)
        CHECK_MSG(parse_mb1(&b, size, false) == -EINVAL, "cut to %zu bytes", size);
}

static void mb1_random_bytes(void)
{
    struct blob good, b;
    uint64_t seed = 42;

    make_mb1(&good);
    for (unsigned round = 0; round < 20000; round++) {
        b = good;
        for (unsigned i = 0; i <= round % 4; i++)
            b.bytes[test_random_below(&seed, b.size)] ^=
                (uint8_t)(1 + test_random_below(&seed, 255));
        parse_mb1(&b, b.size, false);
    }
}

static void mb1_limits(void)
{
    struct blob b;

    make_mb1(&b);
    put_at(&b, 0, 1 << 0);
    CHECK_EQ(parse_mb1(&b, b.size, false), -EINVAL); /* no memory map */
    make_mb1(&b);
    put_at(&b, 20, UINT32_MAX);
    CHECK(parse_mb1(&b, b.size, false) < 0);
    make_mb1(&b);
    put_at(&b, 44, UINT32_MAX);
    CHECK(parse_mb1(&b, b.size, false) < 0);
    make_mb1(&b);
    put_at(&b, get_le(b.bytes + 48, 4) - INFO_PA, 0); /* an entry of size 0 must not loop */
    CHECK_EQ(parse_mb1(&b, b.size, false), -EINVAL);
}

static void mb1_entries_of_wrong_size(void)
{
    struct blob b;
    size_t mmap;

    make_mb1(&b);
    mmap = get_le(b.bytes + 48, 4) - INFO_PA;
    put_at(&b, 44, 28);
    CHECK_EQ(parse_mb1(&b, b.size, false), 0);
    put_at(&b, mmap, 28); /* longer than the map */
    CHECK_EQ(parse_mb1(&b, b.size, false), -EINVAL);
    put_at(&b, mmap, 16); /* too short for its fields, then a good one */
    put_at(&b, mmap + 20, 20);
    put_at(&b, 44, 44);
    CHECK_EQ(parse_mb1(&b, b.size, false), -EINVAL);
}

/* Version 2 --------------------------------------------------------------------------------- */

static size_t tag_begin(struct blob *b, uint32_t type)
{
    size_t at;

    b->size = (b->size + 7) & ~(size_t)7;
    at = b->size;
    blob_put(b, 4, type);
    blob_put(b, 4, 0);
    return at;
}

static void tag_end(struct blob *b, size_t at)
{
    put_le(b->bytes + at + 4, 4, b->size - at);
}

static void tag_string(struct blob *b, uint32_t type, const char *s)
{
    size_t at = tag_begin(b, type);

    blob_add(b, s, strlen(s) + 1);
    tag_end(b, at);
}

static void tag_module(struct blob *b, uint32_t start, uint32_t end, const char *s)
{
    size_t at = tag_begin(b, 3);

    blob_put(b, 4, start);
    blob_put(b, 4, end);
    blob_add(b, s, strlen(s) + 1);
    tag_end(b, at);
}

static void tag_mmap(struct blob *b, unsigned repeat)
{
    size_t at = tag_begin(b, 6);

    blob_put(b, 8, 24);
    for (unsigned i = 0; i < ARRAY_SIZE(ranges) * repeat; i++) {
        blob_put(b, 8, ranges[i % ARRAY_SIZE(ranges)].base);
        blob_put(b, 8, ranges[i % ARRAY_SIZE(ranges)].size);
        blob_put(b, 8, ranges[i % ARRAY_SIZE(ranges)].type);
    }
    tag_end(b, at);
}

static void finish_mb2(struct blob *b)
{
    tag_end(b, tag_begin(b, 0));
    put_le(b->bytes, 4, b->size);
}

static void make_mb2(struct blob *b)
{
    size_t at;

    memset(b, 0, sizeof(*b));
    b->size = 8;
    tag_string(b, 1, "log=e9");
    tag_string(b, 2, "GRUB");
    tag_module(b, 0x200000, 0x300000, "root=/dev/sda quiet");
    tag_module(b, 0x300000, 0x400001, "");
    at = tag_begin(b, 4);
    blob_put(b, 8, 639 | UINT64_C(0x12345) << 32);
    tag_end(b, at);
    at = tag_begin(b, 5);
    blob_put(b, 4, 0x81);
    blob_put(b, 8, UINT64_MAX); /* no partition */
    tag_end(b, at);
    tag_mmap(b, 1);
    at = tag_begin(b, 8);
    put_framebuffer(b, 2);
    tag_end(b, at);
    at = tag_begin(b, 15);
    blob_add(b, "RSD PTR new_________________________", 36);
    tag_end(b, at);
    at = tag_begin(b, 14);
    blob_add(b, "RSD PTR old_________", 20);
    tag_end(b, at);
    at = tag_begin(b, 12);
    blob_put(b, 8, UINT64_C(0x123456789ABC));
    tag_end(b, at);
    at = tag_begin(b, 17);
    blob_put(b, 4, 48);
    blob_put(b, 4, 1);
    for (unsigned i = 0; i < 2 * 48 + 7; i++) /* two descriptors, and a rest */
        blob_put(b, 1, i);
    tag_end(b, at);
    at = tag_begin(b, 0x77); /* one that nobody knows */
    blob_put(b, 3, 0);
    tag_end(b, at);
    finish_mb2(b);
}

static int parse_mb2(const struct blob *b, size_t size, bool good)
{
    struct fake_phys f = fake_phys_new(0, b->bytes, size);
    int ret;

    why = NULL;
    ret = multiboot2_parse(f.bytes, size, &info, &why);
    CHECK(ret == 0 || ((ret == -EINVAL || ret == -ENOSPC) && why));
    if (ret == 0) {
        touch_everything();
        if (good) {
            check_common();
            CHECK_EQ(info.rsdp_size, 36);
            CHECK_MEM(info.rsdp_copy, "RSD PTR new", 11);
            CHECK(info.is_efi);
            CHECK_EQ(info.efi.system_table, UINT64_C(0x123456789ABC));
            CHECK_EQ(info.efi.map_size, 2 * 48);
            CHECK_EQ(info.efi.descriptor_size, 48);
            CHECK_EQ(info.efi.descriptor_version, 1);
            CHECK_EQ(info.efi.map[95], 95);
        }
    }
    free(f.bytes);
    return ret;
}

static void mb2_whole_and_cut_off(void)
{
    struct blob b;

    make_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, true), 0);
    for (size_t size = 0; size < b.size; size++) {
        struct blob cut = b;

        CHECK_MSG(parse_mb2(&b, size, false) == -EINVAL, "%zu bytes can be read", size);
        put_le(cut.bytes, 4, size);
        CHECK_MSG(parse_mb2(&cut, size, false) == -EINVAL, "says it has %zu bytes", size);
    }
}

static void mb2_random_bytes(void)
{
    struct blob good, b;
    uint64_t seed = 43;

    make_mb2(&good);
    for (unsigned round = 0; round < 20000; round++) {
        b = good;
        for (unsigned i = 0; i <= round % 4; i++)
            b.bytes[test_random_below(&seed, b.size)] ^=
                (uint8_t)(1 + test_random_below(&seed, 255));
        parse_mb2(&b, b.size, false);
    }
}

static void mb2_limits(void)
{
    struct blob b = {.size = 8};

    finish_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, false), -EINVAL); /* no memory map */

    b = (struct blob){.size = 8};
    tag_mmap(&b, BOOT_MEM_MAX / ARRAY_SIZE(ranges));
    finish_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, false), 0);
    CHECK_EQ(info.mem_count, BOOT_MEM_MAX);
    CHECK_STR(info.cmdline, "");
    b = (struct blob){.size = 8};
    tag_mmap(&b, BOOT_MEM_MAX / ARRAY_SIZE(ranges) + 1);
    finish_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, false), -ENOSPC);

    for (unsigned modules = BOOT_MODULE_MAX; modules <= BOOT_MODULE_MAX + 1; modules++) {
        b = (struct blob){.size = 8};
        tag_mmap(&b, 1);
        for (unsigned i = 0; i < modules; i++)
            tag_module(&b, 0x1000, 0x2000, "x");
        finish_mb2(&b);
        CHECK_EQ(parse_mb2(&b, b.size, false), modules > BOOT_MODULE_MAX ? -ENOSPC : 0);
    }

    b = (struct blob){.size = 8};
    tag_mmap(&b, 1);
    tag_module(&b, 0x2000, 0x1fff, "ends before it starts");
    finish_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, false), -EINVAL);
}

static void mb2_short_tags(void)
{
    static const uint32_t types[] = {1, 2, 3, 4, 5, 6, 8, 12, 17};
    struct blob b;
    size_t at;

    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        b = (struct blob){.size = 8};
        tag_mmap(&b, 1);
        tag_end(&b, tag_begin(&b, types[i]));
        finish_mb2(&b);
        CHECK_MSG(parse_mb2(&b, b.size, false) == -EINVAL, "tag %u", types[i]);
    }
    for (uint32_t entry_size = 0; entry_size < 20; entry_size += 4) {
        b = (struct blob){.size = 8};
        at = tag_begin(&b, 6);
        blob_put(&b, 8, entry_size);
        blob_put(&b, 8, 0);
        blob_put(&b, 8, 0x1000);
        tag_end(&b, at);
        finish_mb2(&b);
        CHECK_EQ(parse_mb2(&b, b.size, false), -EINVAL);
    }
    b = (struct blob){.size = 8};
    tag_mmap(&b, 1);
    at = tag_begin(&b, 17);
    blob_put(&b, 8, 39); /* a descriptor is larger */
    tag_end(&b, at);
    finish_mb2(&b);
    CHECK_EQ(parse_mb2(&b, b.size, false), 0);
    CHECK(!info.efi.map);
}

int main(void)
{
    TEST_RUN(mb1_whole_and_cut_off);
    TEST_RUN(mb1_random_bytes);
    TEST_RUN(mb1_limits);
    TEST_RUN(mb1_entries_of_wrong_size);
    TEST_RUN(mb2_whole_and_cut_off);
    TEST_RUN(mb2_random_bytes);
    TEST_RUN(mb2_limits);
    TEST_RUN(mb2_short_tags);
    return test_done();
}
