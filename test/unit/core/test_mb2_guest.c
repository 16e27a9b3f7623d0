/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot 2 kernels: their headers, and guest plans carried out in fake memory. What a kernel
 * finds there is read by Lapwing's own reader of such information.
 */
#include <errno.h>

#include "run_plan.h"
#include "core/start/mb_guest.h"
#include "core/start/mb_header.h"
#include "core/start/mb_kernel.h"
#include "core/start/multiboot.h"
#include "core/start/multiboot2_layout.h"

#define RAM_SIZE    (8 * MIB)
#define KERNEL_SIZE 20000U
#define TEXT_OFFSET 8192U
#define TEXT_SIZE   9000U
#define SEED        1
#define TEXT        (2 * MIB)
#define HEADER      0x400U

static struct fake_phys ram;
static struct boot_info boot, seen;
static struct memmap map, scratch;
static struct guest_plan plan;
static struct boot_efi efi;
static uint8_t block[MB_GUEST_BLOCK_MAX], image[KERNEL_SIZE], rsdp[36];
static uint32_t header_end;
static struct mb_header header;
static const char *why;

/* An ELF64 file with one segment, and a header without tags. */
static void make_kernel(void)
{
    fill_pattern(image, KERNEL_SIZE, SEED);
    memset(image, 0, TEXT_OFFSET);
    memcpy(image, "\177ELF\2\1", 6);
    put_le(image + 16, 2, 2);
    put_le(image + 18, 2, 62);
    put_le(image + 24, 8, 0xffffffff80000000 + TEXT + 0x40);
    put_le(image + 32, 8, 64);
    put_le(image + 54, 2, 56);
    put_le(image + 56, 2, 1);
    put_le(image + 64, 4, 1);
    put_le(image + 72, 8, TEXT_OFFSET);
    put_le(image + 80, 8, 0xffffffff80000000 + TEXT);
    put_le(image + 88, 8, TEXT);
    put_le(image + 96, 8, TEXT_SIZE);
    put_le(image + 104, 8, TEXT_SIZE + 5000);
    header_end = HEADER + sizeof(struct mb2_header);
}

/* A tag with `count` 32-bit words. */
static void add_tag(uint16_t type, uint16_t flags, unsigned count, const uint32_t *words)
{
    put_le(image + header_end, 2, type);
    put_le(image + header_end + 2, 2, flags);
    put_le(image + header_end + 4, 4, 8 + 4 * count);
    for (unsigned i = 0; i < count; i++)
        put_le(image + header_end + 8 + 4 * i, 4, words[i]);
    header_end += ALIGN_UP(8 + 4 * count, 8U);
}

static void end_header(void)
{
    const uint32_t length = header_end + 8 - HEADER;

    add_tag(MB2_HEADER_TAG_END, 0, 0, NULL);
    put_le(image + HEADER, 4, MB2_HEADER_MAGIC);
    put_le(image + HEADER + 4, 4, 0);
    put_le(image + HEADER + 8, 4, length);
    put_le(image + HEADER + 12, 4, -(MB2_HEADER_MAGIC + UINT64_C(0) + length));
}

/* The header that Xen has, more or less. */
static void usual_tags(void)
{
    const uint32_t request[] = {MB2_TAG_MEM, MB2_TAG_MMAP};
    const uint32_t place[] = {MIB, 0xffffffff, 2 * MIB, 0};

    make_kernel();
    add_tag(MB2_HEADER_TAG_INFO_REQUEST, 0, 2, request);
    add_tag(MB2_HEADER_TAG_MODULE_ALIGN, 0, 0, NULL);
    add_tag(MB2_HEADER_TAG_RELOCATABLE, 0, 4, place);
    add_tag(MB2_HEADER_TAG_CONSOLE, MB2_HEADER_TAG_OPTIONAL, 1, place);
    add_tag(0x7fff, MB2_HEADER_TAG_OPTIONAL, 0, NULL);
}

static int plan_and_run(void)
{
    struct guest_source source = {&boot,       &map, ram.bytes + 4 * MIB,
                                  KERNEL_SIZE, 0,    {7 * MIB, 8 * MIB}};
    int ret;

    memset(&boot, 0, sizeof(boot));
    boot.mem_count = 2;
    boot.mem[0] = (struct mem_region){0, 0x9fc00, MEM_USABLE};
    boot.mem[1] = (struct mem_region){MIB, RAM_SIZE - MIB, MEM_USABLE};
    boot.module_count = 3;
    boot.modules[0] = (struct boot_module){4 * MIB, 4 * MIB + KERNEL_SIZE, "kernel line"};
    boot.modules[1] = (struct boot_module){TEXT, TEXT + 5000, "in the way"};
    boot.modules[2] = (struct boot_module){5 * MIB, 5 * MIB, ""};
    boot.multiboot2 = true;
    boot.efi = efi;
    boot.rsdp_copy = rsdp;
    boot.rsdp_size = sizeof(rsdp);
    boot.has_framebuffer = true;
    boot.framebuffer = (struct boot_framebuffer){
        .addr = UINT64_C(0x1234567890), .width = 640, .type = 1, .blue_size = 8};
    CHECK_EQ(memmap_init(&map, boot.mem, boot.mem_count), 0);
    memset(ram.bytes, 0xcc, ram.size);
    memcpy(ram.bytes + 4 * MIB, image, KERNEL_SIZE);
    fill_pattern(ram.bytes + TEXT, 5000, 7);
    why = NULL;
    source.version = mb_guest_version(&source);
    if (source.version != 2)
        return -ENOEXEC;
    ret = mb_guest_plan(&source, &scratch, &plan, block, &why);
    CHECK(ret == 0 || why);
    if (ret)
        return ret;
    run_plan(&ram, &map, &plan, block);
    return 0;
}

/* The block has no room for it, whichever version writes it. */
static void too_long_a_line(void)
{
    static char line[MB_GUEST_BLOCK_MAX];
    struct guest_source source = {&boot, &map, ram.bytes + 4 * MIB, KERNEL_SIZE, 2, {0, 0}};

    usual_tags();
    put_le(image + 0x200, 4, 0x1badb002);
    put_le(image + 0x208, 4, -UINT64_C(0x1badb002));
    end_header();
    CHECK_EQ(plan_and_run(), 0);
    memset(line, 'x', sizeof(line) - 1);
    boot.modules[1].cmdline = line;
    for (source.version = 1; source.version <= 2; source.version++) {
        memcpy(ram.bytes + 4 * MIB, image, KERNEL_SIZE);
        CHECK_EQ(mb_guest_plan(&source, &scratch, &plan, block, &why), -ENOSPC);
    }
}

/* Returns the address of the information's first tag of a type, or NULL. */
static const uint8_t *find_tag(uint32_t type)
{
    const uint8_t *info = ram.bytes + plan.ebx;
    const uint32_t total = (uint32_t)get_le(info, 4);

    for (uint32_t at = 8; at < total; at += ALIGN_UP((uint32_t)get_le(info + at + 4, 4), 8U)) {
        if (get_le(info + at, 4) == type)
            return info + at;
    }
    return NULL;
}

static void information(void)
{
    const uint8_t *tag;

    usual_tags();
    end_header();
    CHECK_EQ(plan_and_run(), 0);
    CHECK_EQ(plan.eax, 0x36d76289);
    CHECK_EQ(plan.ebx % 8, 0);
    CHECK_EQ(plan.entry, TEXT + 0x40);
    CHECK(has_pattern(ram.bytes + TEXT, TEXT_SIZE, SEED, TEXT_OFFSET));
    CHECK_EQ(ram.bytes[TEXT + TEXT_SIZE + 4999], 0);

    CHECK_EQ(multiboot2_parse(ram.bytes + plan.ebx, RAM_SIZE - plan.ebx, &seen, &why), 0);
    CHECK_STR(seen.cmdline, "kernel line");
    CHECK_STR(seen.loader_name, "Lapwing");
    CHECK_EQ(seen.lower_kb, 639);
    CHECK_EQ(seen.upper_kb, 7 * 1024);
    CHECK_EQ(seen.mem_count, map.count);
    for (unsigned i = 0; i < map.count; i++) {
        CHECK_EQ(seen.mem[i].base, map.region[i].base);
        CHECK_EQ(seen.mem[i].size, map.region[i].size);
        CHECK_EQ(seen.mem[i].type, map.region[i].type);
    }
    CHECK_EQ(seen.module_count, 2);
    CHECK_STR(seen.modules[0].cmdline, "in the way");
    CHECK_EQ(seen.modules[0].end - seen.modules[0].start, 5000);
    CHECK(has_pattern(ram.bytes + seen.modules[0].start, 5000, 7, 0));
    CHECK_EQ(seen.rsdp_size, sizeof(rsdp));
    CHECK(seen.has_framebuffer);
    CHECK_EQ(seen.framebuffer.addr, 0x1234567890);
    CHECK_EQ(seen.framebuffer.blue_size, 8);
    tag = find_tag(MB2_TAG_LOAD_BASE);
    CHECK(tag && get_le(tag + 8, 4) == TEXT);
    tag = find_tag(MB2_TAG_MMAP);
    CHECK(tag && get_le(tag + 8, 4) == 24);
    tag = find_tag(MB2_TAG_END);
    CHECK(tag && tag + 8 == ram.bytes + plan.ebx + get_le(ram.bytes + plan.ebx, 4));
}

/* The map that a guest by UEFI finds shows Lapwing's memory as reserved. */
static void what_uefi_left(void)
{
    static const uint64_t descriptors[2][6] = {{7, MIB, 0, 7 * MIB / PAGE_SIZE, 15, 0},
                                               {6, 8 * MIB, 0, 4, 15, 0}};
    uint64_t type;

    usual_tags();
    end_header();
    efi = (struct boot_efi){.system_table = 0x123456789,
                            .map = (const uint8_t *)descriptors,
                            .map_size = sizeof(descriptors),
                            .descriptor_size = sizeof(descriptors[0]),
                            .descriptor_version = 1};
    CHECK_EQ(plan_and_run(), 0);
    CHECK_EQ(multiboot2_parse(ram.bytes + plan.ebx, RAM_SIZE - plan.ebx, &seen, &why), 0);
    CHECK(seen.is_efi);
    CHECK_EQ(seen.efi.system_table, 0x123456789);
    CHECK_EQ(seen.efi.descriptor_version, 1);
    CHECK_EQ(seen.efi.map_size, 3 * sizeof(descriptors[0]));
    if (!seen.efi.map)
        return;
    memcpy(&type, seen.efi.map + sizeof(descriptors[0]), sizeof(type));
    CHECK_EQ(type, 0);
    CHECK_MEM(seen.efi.map + 2 * sizeof(descriptors[0]), descriptors[1], sizeof(descriptors[1]));
    efi = (struct boot_efi){0};
    CHECK_EQ(plan_and_run(), 0);
    CHECK(!find_tag(MB2_TAG_EFI64) && !find_tag(MB2_TAG_EFI_MAP));
}

static void entry_and_addresses(void)
{
    const uint32_t entry = TEXT + 0x123;
    uint32_t addresses[4] = {TEXT + HEADER, UINT32_MAX, 0, 0};

    make_kernel();
    add_tag(MB2_HEADER_TAG_ENTRY, 0, 1, &entry);
    end_header();
    CHECK_EQ(plan_and_run(), 0);
    CHECK_EQ(plan.entry, TEXT + 0x123);

    make_kernel();
    memset(image, 0, HEADER); /* no ELF file */
    add_tag(MB2_HEADER_TAG_ADDRESS, 0, 4, addresses);
    add_tag(MB2_HEADER_TAG_ENTRY, 0, 1, &entry);
    end_header();
    CHECK_EQ(plan_and_run(), 0);
    CHECK_EQ(plan.entry, TEXT + 0x123);
    CHECK_MEM(ram.bytes + TEXT, image, KERNEL_SIZE);

    make_kernel();
    add_tag(MB2_HEADER_TAG_ADDRESS, 0, 4, addresses); /* and nowhere to begin */
    end_header();
    CHECK_EQ(plan_and_run(), -EINVAL);
}

static void which_version(void)
{
    struct guest_source source = {&boot, &map, image, KERNEL_SIZE, 0, {0, 0}};

    usual_tags();
    end_header();
    for (unsigned second = 0; second < 2; second++) {
        boot.multiboot2 = second;
        CHECK_EQ(mb_guest_version(&source), 2);
    }
    put_le(image + 0x200, 4, 0x1badb002);
    put_le(image + 0x208, 4, -UINT64_C(0x1badb002));
    for (unsigned second = 0; second < 2; second++) {
        boot.multiboot2 = second;
        CHECK_EQ(mb_guest_version(&source), second ? 2 : 1);
    }
    put_le(image + HEADER + 12, 4, 0);
    CHECK_EQ(mb_guest_version(&source), 1);
}

static void kernels_that_are_refused(void)
{
    const uint32_t vbe = 7;

    usual_tags();
    add_tag(0x7fff, 0, 0, NULL);
    end_header();
    CHECK_EQ(plan_and_run(), -EINVAL);
    usual_tags();
    add_tag(MB2_HEADER_TAG_INFO_REQUEST, 0, 1, &vbe);
    end_header();
    CHECK_EQ(plan_and_run(), -EINVAL);
    usual_tags();
    add_tag(MB2_HEADER_TAG_INFO_REQUEST, MB2_HEADER_TAG_OPTIONAL, 1, &vbe);
    end_header();
    CHECK_EQ(plan_and_run(), 0);
    put_le(image + header_end - 8, 4, 6); /* no end tag, and nothing behind it */
    CHECK_EQ(plan_and_run(), -EINVAL);
    make_kernel();
    add_tag(MB2_HEADER_TAG_ENTRY, 0, 0, NULL);
    end_header();
    CHECK_EQ(plan_and_run(), -EINVAL);
}

static void cut_off_and_random_bytes(void)
{
    static uint8_t copy[KERNEL_SIZE];
    struct elf_image elf;
    uint64_t seed = 29;

    usual_tags();
    end_header();
    for (size_t size = 0; size < TEXT_OFFSET + TEXT_SIZE; size += size < 2048 ? 1 : 499) {
        struct fake_phys file = fake_phys_new(0, image, size);

        CHECK_EQ(mb_kernel_read(file.bytes, size, 2, &elf, &why), -EINVAL);
        free(file.bytes);
    }
    for (unsigned round = 0; round < 20000; round++) {
        memcpy(copy, image, KERNEL_SIZE);
        for (unsigned i = 0; i <= round % 4; i++)
            copy[HEADER + 16 + test_random_below(&seed, header_end - HEADER - 16)] =
                (uint8_t)test_random(&seed);
        CHECK(mb_header_find(copy, KERNEL_SIZE, 2, &header));
        mb_kernel_read(copy, KERNEL_SIZE, 2, &elf, &why);
    }
}

int main(void)
{
    ram = fake_phys_new(0, NULL, RAM_SIZE);
    TEST_RUN(information);
    TEST_RUN(too_long_a_line);
    TEST_RUN(what_uefi_left);
    TEST_RUN(entry_and_addresses);
    TEST_RUN(which_version);
    TEST_RUN(kernels_that_are_refused);
    TEST_RUN(cut_off_and_random_bytes);
    free(ram.bytes);
    return test_done();
}
