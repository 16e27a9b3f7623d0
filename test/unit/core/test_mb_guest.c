/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF reading and Multiboot 1 guest plans, carried out in fake memory. Segments and modules must
 * arrive whole wherever the loader has put them, and broken kernels must be refused.
 */
#include <errno.h>

#include "run_plan.h"
#include "core/start/elf.h"
#include "core/start/mb_guest.h"
#include "core/start/mb_header.h"
#include "core/start/mb_kernel.h"

#define RAM_SIZE    (8 * MIB)
#define KERNEL_SIZE 40000U
#define TEXT_OFFSET 4096U
#define TEXT_SIZE   20000U
#define DATA_OFFSET 28672U
#define DATA_SIZE   3000U
#define BSS_SIZE    9000U /* memory size of the data segment is DATA_SIZE + BSS_SIZE */
#define KERNEL_SEED 1

static struct fake_phys ram;
static hpa_t upper_end; /* of the memory that the guest has */
static struct boot_info boot;
static struct memmap map, scratch;
static struct guest_plan plan;
static uint8_t block[MB_GUEST_BLOCK_MAX];
static uint8_t image[KERNEL_SIZE];
static struct mb_header header;
static const char *why;

static void put_header(size_t at, uint32_t flags)
{
    put_le(image + at, 4, 0x1badb002);
    put_le(image + at + 4, 4, flags);
    put_le(image + at + 8, 4, -(UINT64_C(0x1badb002) + flags));
}

/* Virtual addresses are 0xc0000000 above the physical ones. */
static void put_segment(bool is64, unsigned i, uint32_t type, uint64_t offset, uint64_t pa,
                        uint64_t file_size, uint64_t mem_size)
{
    uint8_t *ph = image + (is64 ? 64 + 56 * i : 52 + 32 * i);
    unsigned w = is64 ? 8 : 4;
    uint8_t *f = ph + w;

    put_le(ph, 4, type);
    put_le(f, w, offset);
    put_le(f + w, w, pa + 0xc0000000);
    put_le(f + 2 * w, w, pa);
    put_le(f + 3 * w, w, file_size);
    put_le(f + 4 * w, w, mem_size);
}

static void make_elf(bool is64, hpa_t text, hpa_t data)
{
    fill_pattern(image, KERNEL_SIZE, KERNEL_SEED);
    memset(image, 0, TEXT_OFFSET);
    memcpy(image, "\177ELF", 4);
    image[4] = is64 ? 2 : 1;
    image[5] = 1;
    put_le(image + 16, 2, 2);
    put_le(image + 18, 2, is64 ? 62 : 3);
    put_le(image + 24, is64 ? 8 : 4, text + 0xc0000000 + 0x40);
    put_le(image + (is64 ? 32 : 28), 4, is64 ? 64 : 52);
    put_le(image + (is64 ? 54 : 42), 2, is64 ? 56 : 32);
    put_le(image + (is64 ? 56 : 44), 2, 4);
    put_segment(is64, 0, 1, TEXT_OFFSET, text, TEXT_SIZE, TEXT_SIZE);
    put_segment(is64, 1, 4, 0, 0xdead0000, 100, 100); /* a note: not loaded */
    put_segment(is64, 2, 1, DATA_OFFSET, data, DATA_SIZE, DATA_SIZE + BSS_SIZE);
    put_segment(is64, 3, 1, 0, 0, 0, 0); /* empty: ignored */
    put_header(0x400, 3);
}

static void make_machine(void)
{
    boot.mem_count = 3;
    boot.mem[0] = (struct mem_region){0, 0x9fc00, MEM_USABLE};
    boot.mem[1] = (struct mem_region){0x9fc00, 0x60400, MEM_RESERVED};
    boot.mem[2] = (struct mem_region){MIB, RAM_SIZE - MIB, MEM_USABLE};
    boot.module_count = 0;
    CHECK_EQ(memmap_init(&map, boot.mem, boot.mem_count), 0);
    upper_end = RAM_SIZE - MIB;
    CHECK_EQ(memmap_reserve(&map, upper_end, MIB, MEM_RESERVED), 0);
    memset(ram.bytes, 0xcc, ram.size);
}

static bool overlaps(hpa_t a, hpa_t a_end, hpa_t b, hpa_t b_end)
{
    return a < b_end && b < a_end;
}

/* False when there is something already. */
static bool add_module(hpa_t at, uint64_t size, const char *line)
{
    unsigned n = boot.module_count;

    for (unsigned i = 0; i < n; i++) {
        if (overlaps(at, at + size, boot.modules[i].start, boot.modules[i].end))
            return false;
    }
    boot.modules[n] = (struct boot_module){at, at + size, line};
    boot.module_count++;
    if (n == 0)
        memcpy(ram.bytes + at, image, size);
    else
        fill_pattern(ram.bytes + at, size, 100 + n);
    return true;
}

static int plan_and_run(void)
{
    struct guest_source source = {&boot,       &map, ram.bytes + boot.modules[0].start,
                                  KERNEL_SIZE, 0,    {0, 0}};
    int ret;

    why = NULL;
    source.version = mb_guest_version(&source);
    ret = mb_guest_plan(&source, &scratch, &plan, block, &why);
    CHECK(ret == 0 || why);
    if (ret)
        return ret;
    CHECK(plan.block_size <= sizeof(block));
    run_plan(&ram, &map, &plan, block);
    return 0;
}

static void check_segments(hpa_t text, hpa_t data)
{
    CHECK(has_pattern(ram.bytes + text, TEXT_SIZE, KERNEL_SEED, TEXT_OFFSET));
    CHECK(has_pattern(ram.bytes + data, DATA_SIZE, KERNEL_SEED, DATA_OFFSET));
    for (unsigned i = 0; i < BSS_SIZE; i++)
        CHECK(ram.bytes[data + DATA_SIZE + i] == 0);
}

/* Returns where the kernel's module `i` is, as the kernel is told. */
static hpa_t module_start(unsigned i)
{
    return get_le(ram.bytes + get_le(ram.bytes + plan.ebx + 24, 4) + 16 * i, 4);
}

/* Reads the information as a kernel would. */
static void check_information(void)
{
    const uint8_t *info = ram.bytes + plan.ebx;
    const uint8_t *range = ram.bytes + get_le(info + 48, 4);
    const uint8_t *module = ram.bytes + get_le(info + 24, 4);

    CHECK_EQ(plan.eax, 0x2badb002);
    CHECK_EQ(get_le(info, 4), 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
    CHECK_EQ(get_le(info + 4, 4), 639);
    CHECK_EQ(get_le(info + 8, 4), upper_end / 1024 - 1024);
    CHECK_STR((const char *)ram.bytes + get_le(info + 16, 4), "kernel line");
    CHECK_STR((const char *)ram.bytes + get_le(info + 64, 4), "Lapwing");
    CHECK_EQ(get_le(info + 44, 4), 24 * map.count);
    for (unsigned i = 0; i < map.count; i++, range += 24) {
        CHECK_EQ(get_le(range, 4), 20);
        CHECK_EQ(get_le(range + 4, 8), map.region[i].base);
        CHECK_EQ(get_le(range + 12, 8), map.region[i].size);
        CHECK_EQ(get_le(range + 20, 4), map.region[i].type);
    }
    CHECK_EQ(get_le(info + 20, 4), boot.module_count - 1);
    for (unsigned i = 1; i < boot.module_count; i++, module += 16) {
        uint64_t start = get_le(module, 4), end = get_le(module + 4, 4);

        CHECK_EQ(start % PAGE_SIZE, 0);
        CHECK_EQ(end - start, boot.modules[i].end - boot.modules[i].start);
        CHECK(has_pattern(ram.bytes + start, end - start, 100 + i, 0));
        CHECK_STR((const char *)ram.bytes + get_le(module + 8, 4), boot.modules[i].cmdline);
    }
}

static void elf_of_both_classes(void)
{
    for (unsigned is64 = 0; is64 < 2; is64++) {
        make_elf(is64, MIB, 2 * MIB);
        make_machine();
        CHECK(add_module(4 * MIB, KERNEL_SIZE, "kernel line"));
        CHECK(add_module(5 * MIB, 12345, "module line"));
        CHECK(add_module(6 * MIB, 1, ""));
        CHECK(mb_header_find(image, KERNEL_SIZE, 1, &header));
        CHECK_EQ(plan_and_run(), 0);
        CHECK_EQ(plan.entry, MIB + 0x40);
        CHECK_EQ(plan.step_count, 2); /* the modules can stay */
        check_segments(MIB, 2 * MIB);
        check_information();
    }
}

static void any_placement_by_the_loader(void)
{
    uint64_t seed = 21;
    unsigned booted = 0, tight = 0;

    for (unsigned round = 0; round < 500; round++) {
        hpa_t text = MIB + test_random_below(&seed, 100) * 512;
        hpa_t data = ALIGN_UP(text + TEXT_SIZE, UINT64_C(64)) + test_random_below(&seed, 3) * 5000;

        make_elf(round & 2, text, data);
        make_machine();
        add_module(MIB + test_random_below(&seed, 40) * PAGE_SIZE, KERNEL_SIZE, "kernel line");
        for (unsigned i = 0; i < 4; i++)
            add_module(MIB + test_random_below(&seed, 120 * 4) * (i == 3 ? 1000 : PAGE_SIZE),
                       1 + test_random_below(&seed, 60000), "some line");
        if (round % 2) { /* hardly room for all of it */
            upper_end = MIB + 500 * KIB;
            CHECK_EQ(memmap_reserve(&map, upper_end, RAM_SIZE - upper_end, MEM_RESERVED), 0);
        }
        if (plan_and_run())
            continue;
        check_segments(text, data);
        check_information();
        booted++;
        tight += round % 2;
    }
    CHECK_EQ(booted - tight, 250);
    CHECK(tight > 100);
}

/* The only memory that looks free is where a segment goes later. */
static void modules_keep_clear_of_segments(void)
{
    const hpa_t data = MIB + 128 * KIB;

    make_elf(false, MIB, data);
    make_machine();
    upper_end = ALIGN_UP(data + DATA_SIZE + BSS_SIZE, PAGE_SIZE);
    CHECK_EQ(memmap_reserve(&map, upper_end, RAM_SIZE - upper_end, MEM_RESERVED), 0);
    add_module(MIB + 64 * KIB, KERNEL_SIZE, "kernel line");
    add_module(MIB, 5000, "in the way");
    add_module(RAM_SIZE - MIB, 5000, "in memory that is not the guest's");
    CHECK_EQ(plan_and_run(), 0);
    check_segments(MIB, data);
    check_information();
    CHECK(memmap_is_usable(&map, module_start(0), 5000));
    CHECK(memmap_is_usable(&map, module_start(1), 5000));
}

static int try_image(const uint8_t *bytes, size_t size)
{
    struct fake_phys file = fake_phys_new(0, bytes, size);
    struct guest_source source = {&boot, &map, file.bytes, size, 0, {0, 0}};
    int ret;

    why = NULL;
    source.version = mb_guest_version(&source);
    ret = mb_guest_plan(&source, &scratch, &plan, block, &why);
    CHECK(ret == 0 || why);
    for (unsigned i = 0; ret == 0 && i < plan.step_count; i++)
        CHECK(memmap_is_usable(&map, plan.step[i].dst, plan.step[i].size + plan.step[i].zero));
    free(file.bytes);
    return ret;
}

static void header_with_addresses(void)
{
    for (unsigned load_end = 0; load_end < 2; load_end++) {
        fill_pattern(image, KERNEL_SIZE, KERNEL_SEED);
        put_header(0x800, 1 << 16 | 2);
        put_le(image + 0x80c, 4, MIB + 0x200);                           /* of the header */
        put_le(image + 0x810, 4, MIB);                                   /* load */
        put_le(image + 0x814, 4, load_end ? MIB + TEXT_SIZE : 0);        /* end of data */
        put_le(image + 0x818, 4, load_end ? MIB + TEXT_SIZE + 5000 : 0); /* end of bss */
        put_le(image + 0x81c, 4, MIB + 0x300);                           /* entry */
        make_machine();
        add_module(MIB, KERNEL_SIZE, "kernel line");
        CHECK_EQ(plan_and_run(), 0);
        CHECK_EQ(plan.entry, MIB + 0x300);
        CHECK(has_pattern(ram.bytes + MIB + 0x1000,
                          (load_end ? TEXT_SIZE : KERNEL_SIZE - 0x600) - 0x1000, KERNEL_SEED,
                          0x1600));
        for (unsigned i = 0; load_end && i < 5000; i++)
            CHECK(ram.bytes[MIB + TEXT_SIZE + i] == 0);
        check_information();
    }
    CHECK_EQ(try_image(image, 0x800 + 20), -EINVAL); /* the header's addresses are cut off */
    put_le(image + 0x810, 4, MIB + 0x204);           /* loads from behind its header */
    make_machine();
    add_module(MIB, KERNEL_SIZE, "");
    CHECK_EQ(plan_and_run(), -EINVAL);
    put_le(image + 0x810, 4, MIB - 0x700); /* from before the file */
    memcpy(ram.bytes + MIB, image, KERNEL_SIZE);
    CHECK_EQ(plan_and_run(), -EINVAL);
    put_le(image + 0x810, 4, MIB);
    put_le(image + 0x814, 4, MIB + KERNEL_SIZE); /* more than there is */
    memcpy(ram.bytes + MIB, image, KERNEL_SIZE);
    CHECK_EQ(plan_and_run(), -EINVAL);
}

/* One change to a good kernel, one answer. */
static void expect(hpa_t text, hpa_t data, size_t at, uint32_t value, int want)
{
    make_elf(false, text, data);
    if (at)
        put_le(image + at, 4, value);
    make_machine();
    add_module(4 * MIB, KERNEL_SIZE, "kernel line");
    CHECK_MSG(plan_and_run() == want, "change at %zx", at);
}

static void kernels_that_are_refused(void)
{
    expect(MIB, 2 * MIB, 0, 0, 0);
    expect(MIB, MIB + 100, 0, 0, -EINVAL);                         /* overlapping segments */
    expect(RAM_SIZE - 3 * MIB / 2, RAM_SIZE - MIB, 0, 0, -ENOENT); /* Lapwing's own memory */
    expect(0x9f000, 2 * MIB, 0, 0, -ENOENT);                       /* the EBDA */
    expect(MIB, 0xfffff000, 0, 0, -ENOENT);
    expect(MIB, 2 * MIB, 24, 0x12345678, -EINVAL);   /* entry nowhere */
    expect(MIB, 2 * MIB, 16, 3 | 3 << 16, -EINVAL);  /* shared object */
    expect(MIB, 2 * MIB, 16, 2 | 40 << 16, -EINVAL); /* ARM */
    expect(MIB, 2 * MIB, 4, 0x0103, -EINVAL);        /* class 3 */
    expect(MIB, 2 * MIB, 4, 0x0201, -EINVAL);        /* big-endian */
    expect(MIB, 2 * MIB, 28, KERNEL_SIZE - 10, -EINVAL);
    expect(MIB, 2 * MIB, 44, 0xffff, -EINVAL);
    expect(MIB, 2 * MIB, 0x400, 0, -EINVAL); /* no header */
    make_elf(false, MIB, 2 * MIB);
    put_header(0x400, 1 << 3); /* a requirement of the future */
    make_machine();
    add_module(4 * MIB, KERNEL_SIZE, "");
    CHECK_EQ(plan_and_run(), -EINVAL);

    make_elf(false, MIB, 2 * MIB);
    make_machine();
    add_module(4 * MIB, KERNEL_SIZE, "");
    CHECK_EQ(memmap_reserve(&map, 0, 640 * KIB, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(), -ENOENT);
}

static void cut_off_and_random_bytes(void)
{
    static uint8_t copy[KERNEL_SIZE];
    uint64_t seed = 23;

    for (unsigned is64 = 0; is64 < 2; is64++) {
        make_elf(is64, MIB, 2 * MIB);
        make_machine();
        add_module(4 * MIB, KERNEL_SIZE, "");
        for (size_t size = 0; size < DATA_OFFSET + DATA_SIZE; size += size < 4096 ? 1 : 499)
            CHECK_MSG(try_image(image, size) == -EINVAL, "cut to %zu bytes", size);
        CHECK_EQ(try_image(image, DATA_OFFSET + DATA_SIZE), 0);
        for (unsigned round = 0; round < 5000; round++) {
            memcpy(copy, image, KERNEL_SIZE);
            for (unsigned i = 0; i <= round % 4; i++)
                copy[test_random_below(&seed, 64 + 4 * 56)] = (uint8_t)test_random(&seed);
            try_image(copy, KERNEL_SIZE);
        }
    }
    /* The header must be in the first 8 KiB, whole. */
    make_elf(false, MIB, 2 * MIB);
    memset(image + 0x400, 0, 12);
    put_header(8192 - 8, 3);
    CHECK(!mb_header_find(image, KERNEL_SIZE, 1, &header));
    put_header(8192 - 12, 3);
    CHECK(mb_header_find(image, KERNEL_SIZE, 1, &header));
    put_le(image + 8192 - 4, 4, 1); /* checksum */
    CHECK(!mb_header_find(image, KERNEL_SIZE, 1, &header));
}

/* Straight into elf.c: a kernel's Multiboot header would stop the shortest ones before it. */
static void elf_headers(void)
{
    for (unsigned is64 = 0; is64 < 2; is64++) {
        struct elf_image elf;

        make_elf(is64, MIB, 2 * MIB);
        for (size_t size = 0; size < 600; size++) {
            struct fake_phys file = fake_phys_new(0, image, size);

            CHECK_EQ(elf_read(file.bytes, size, &elf, &why), -EINVAL);
            free(file.bytes);
        }
        CHECK_EQ(elf_read(image, KERNEL_SIZE, &elf, &why), 0);
        CHECK_EQ(elf.count, 2);
        CHECK_EQ(elf.entry, MIB + 0x40);
        for (unsigned segments = ELF_SEGMENT_MAX; segments <= ELF_SEGMENT_MAX + 1; segments++) {
            for (unsigned i = 0; i < segments; i++)
                put_segment(is64, i, 1, TEXT_OFFSET, MIB + i * PAGE_SIZE, 10, 10);
            put_le(image + (is64 ? 56 : 44), 2, segments);
            CHECK_EQ(elf_read(image, KERNEL_SIZE, &elf, &why),
                     segments > ELF_SEGMENT_MAX ? -ENOSPC : 0);
        }
    }
}

int main(void)
{
    ram = fake_phys_new(0, NULL, RAM_SIZE);
    TEST_RUN(elf_headers);
    TEST_RUN(elf_of_both_classes);
    TEST_RUN(any_placement_by_the_loader);
    TEST_RUN(modules_keep_clear_of_segments);
    TEST_RUN(header_with_addresses);
    TEST_RUN(kernels_that_are_refused);
    TEST_RUN(cut_off_and_random_bytes);
    free(ram.bytes);
    return test_done();
}
