/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux boot plans, carried out in fake memory. Kernel and initrd must arrive whole wherever the
 * loader has put them, the zero page must say where they are, and broken kernels must be refused.
 */
#include <errno.h>

#include "run_plan.h"
#include "core/start/linux_boot.h"

#define RAM_SIZE     (16 * MIB)
#define SETUP_SIZE   2048U
#define PM_SIZE      (100 * KIB + 77) /* protected-mode part */
#define KERNEL_SIZE  (SETUP_SIZE + PM_SIZE)
#define INIT_SIZE    (300 * KIB)
#define PREF_ADDRESS (4 * MIB)
#define KERNEL_SEED  3
#define INITRD_SEED  5

static struct fake_phys ram;
static struct boot_info boot;
static struct memmap map, scratch;
static struct guest_plan plan;
static uint8_t block[LINUX_BLOCK_MAX];
static uint8_t image[KERNEL_SIZE];
static const char *why;

static void make_kernel(void)
{
    fill_pattern(image, KERNEL_SIZE, KERNEL_SEED);
    memset(image, 0, SETUP_SIZE);
    memset(image + 0x1e0, 0xee, 17);            /* must not get into the zero page */
    memset(image + 0x26c, 0xee, 0x290 - 0x26c); /* nor this, which is behind the header */
    image[0x1f1] = 3;
    put_le(image + 0x1fe, 2, 0xaa55);
    image[0x200] = 0xeb;
    image[0x201] = 0x6a;
    memcpy(image + 0x202, "HdrS", 4);
    put_le(image + 0x206, 2, 0x20f);
    image[0x211] = 1;
    put_le(image + 0x22c, 4, 0x7fffffff);
    put_le(image + 0x230, 4, 0x200000);
    image[0x234] = 1;
    put_le(image + 0x238, 4, 2047);
    put_le(image + 0x248, 4, 1000);
    put_le(image + 0x24c, 4, PM_SIZE - 1000);
    put_le(image + 0x258, 8, PREF_ADDRESS);
    put_le(image + 0x260, 4, INIT_SIZE);
    put_le(image + 0x264, 4, 0x12345678);
}

static void make_machine(hpa_t kernel, hpa_t initrd, uint64_t initrd_size)
{
    boot.mem_count = 3;
    boot.mem[0] = (struct mem_region){0, 0x9fc00, MEM_USABLE};
    boot.mem[1] = (struct mem_region){0x9fc00, 0x60400, MEM_RESERVED};
    boot.mem[2] = (struct mem_region){MIB, RAM_SIZE - MIB, MEM_USABLE};
    CHECK_EQ(memmap_init(&map, boot.mem, boot.mem_count), 0);
    boot.module_count = initrd_size ? 2 : 1;
    boot.modules[0] = (struct boot_module){kernel, kernel + KERNEL_SIZE, "console=ttyS0"};
    boot.modules[1] = (struct boot_module){initrd, initrd + initrd_size, ""};
    memset(ram.bytes, 0xcc, ram.size);
    memcpy(ram.bytes + kernel, image, KERNEL_SIZE);
    fill_pattern(ram.bytes + initrd, initrd_size, INITRD_SEED);
}

static struct guest_source source_of(hpa_t kernel)
{
    return (struct guest_source){&boot, &map, ram.bytes + kernel, KERNEL_SIZE, 0, {0, 0}};
}

static int plan_and_run(hpa_t kernel)
{
    struct guest_source source = source_of(kernel);
    int ret = linux_boot_plan(&source, &scratch, &plan, &why);

    if (ret)
        return ret;
    CHECK(plan.block_size <= sizeof(block));
    ret = linux_boot_fill(&source, &plan, 0xf0010, block, &why);
    if (ret == 0)
        run_plan(&ram, &map, &plan, block);
    return ret;
}

static bool overlaps(hpa_t a, uint64_t a_size, hpa_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

/* What the kernel sees when it starts. */
static void check_started(uint64_t initrd_size)
{
    const uint8_t *zp = ram.bytes + plan.esi;
    uint64_t initrd = get_le(zp + 0x218, 4);

    CHECK(has_pattern(ram.bytes + plan.entry, PM_SIZE, KERNEL_SEED, SETUP_SIZE));
    CHECK_EQ(get_le(zp + 0x214, 4), plan.entry);
    CHECK_EQ(get_le(zp + 0x21c, 4), initrd_size);
    CHECK_STR((const char *)ram.bytes + get_le(zp + 0x228, 4), "console=ttyS0");
    CHECK(memmap_is_usable(&map, plan.entry, INIT_SIZE));
    CHECK(!overlaps(plan.entry, INIT_SIZE, plan.block_pa, plan.block_size));
    if (initrd_size == 0)
        return;
    CHECK(has_pattern(ram.bytes + initrd, initrd_size, INITRD_SEED, 0));
    CHECK_EQ(initrd % PAGE_SIZE, 0);
    CHECK(!overlaps(plan.entry, INIT_SIZE, initrd, initrd_size));
    CHECK(!overlaps(plan.block_pa, plan.block_size, initrd, initrd_size));
}

static void zero_page_fields(void)
{
    const uint8_t *zp;

    make_kernel();
    make_machine(2 * MIB, 3 * MIB, 5000);
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    check_started(5000);
    zp = ram.bytes + plan.esi;
    CHECK_EQ(plan.entry, PREF_ADDRESS);
    CHECK_EQ(zp[0x001], 24);
    CHECK_EQ(zp[0x006], 3);
    CHECK_EQ(zp[0x007], 80);
    CHECK_EQ(zp[0x00e], 25);
    CHECK_EQ(zp[0x00f], 1);
    CHECK_EQ(get_le(zp + 0x070, 8), 0xf0010);
    CHECK_EQ(get_le(zp + 0x1e0, 4), 15 * 1024);
    CHECK_EQ(get_le(zp + 0x002, 2), 15 * 1024);
    CHECK_EQ(zp[0x1ef], 0); /* the sentinel */
    CHECK_EQ(get_le(zp + 0x1fa, 2), 0xffff);
    CHECK_EQ(zp[0x210], 0xff);
    CHECK_EQ(get_le(zp + 0x264, 4), 0x12345678); /* the header is copied to its end ... */
    CHECK_EQ(get_le(zp + 0x26c, 4), 0);          /* ... and not further */
    CHECK_EQ(zp[0x1e8], map.count);
    for (unsigned i = 0; i < map.count; i++) {
        CHECK_EQ(get_le(zp + 0x2d0 + 20 * i, 8), map.region[i].base);
        CHECK_EQ(get_le(zp + 0x2d8 + 20 * i, 8), map.region[i].size);
        CHECK_EQ(get_le(zp + 0x2e0 + 20 * i, 4), map.region[i].type);
    }
    CHECK_EQ(get_le(ram.bytes + plan.gdt_pa + GUEST_CS, 8), 0x00cf9b000000ffff);
    CHECK_EQ(get_le(ram.bytes + plan.gdt_pa + GUEST_DS, 8), 0x00cf93000000ffff);

    put_le(image + 0x206, 2, 0x20d); /* a protocol without acpi_rsdp_addr */
    make_machine(2 * MIB, 3 * MIB, 0);
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    check_started(0);
    CHECK_EQ(get_le(ram.bytes + plan.esi + 0x070, 8), 0);
}

static void any_placement_by_the_loader(void)
{
    uint64_t seed = 11;
    unsigned booted = 0;

    make_kernel();
    for (unsigned round = 0; round < 1000; round++) {
        hpa_t kernel = MIB + test_random_below(&seed, 14 * 256) * PAGE_SIZE;
        uint64_t initrd_size = 1 + test_random_below(&seed, round % 2 ? 4 * MIB : 200 * KIB);
        hpa_t initrd = MIB + test_random_below(&seed, (15 * MIB - initrd_size) / 4096) * PAGE_SIZE;

        if (round % 8 == 0) { /* on top of where they are going */
            kernel = PREF_ADDRESS + test_random_below(&seed, 64) * PAGE_SIZE;
            initrd = kernel + ALIGN_UP(KERNEL_SIZE, PAGE_SIZE);
        }
        if (overlaps(kernel, KERNEL_SIZE, initrd, initrd_size))
            continue;
        make_machine(kernel, initrd, initrd_size);
        if (round % 3 == 0) /* the preferred place is taken */
            CHECK_EQ(memmap_reserve(&map, PREF_ADDRESS + MIB / 4, PAGE_SIZE, MEM_RESERVED), 0);
        CHECK_EQ(plan_and_run(kernel), 0);
        check_started(initrd_size);
        CHECK_EQ(plan.entry, round % 3 ? PREF_ADDRESS : PREF_ADDRESS + 2 * MIB);
        booted++;
    }
    CHECK(booted > 500);
}

static void not_relocatable(void)
{
    make_kernel();
    image[0x234] = 0;
    make_machine(2 * MIB, 3 * MIB, 5000);
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    CHECK_EQ(plan.entry, MIB);
    check_started(5000);
    CHECK_EQ(memmap_reserve(&map, PREF_ADDRESS, PAGE_SIZE, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOENT);
    make_machine(2 * MIB, 3 * MIB, 5000);
    CHECK_EQ(memmap_reserve(&map, MIB, PAGE_SIZE, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOENT);
}

static void limits_of_initrd_and_line(void)
{
    static char line[4096];

    make_kernel();
    put_le(image + 0x22c, 4, 8 * MIB - 1);
    make_machine(9 * MIB, 10 * MIB, MIB);
    CHECK_EQ(plan_and_run(9 * MIB), 0);
    check_started(MIB);
    CHECK_EQ(plan.step[0].dst, 7 * MIB);
    /* Room for the initrd is below the kernel's working space only. */
    put_le(image + 0x22c, 4, PREF_ADDRESS + INIT_SIZE - 1);
    make_machine(9 * MIB, 10 * MIB, 5000);
    CHECK_EQ(plan_and_run(9 * MIB), 0);
    check_started(5000);
    put_le(image + 0x22c, 4, 0x7fffffff);

    memset(line, 'a', 2048);
    make_machine(2 * MIB, 3 * MIB, 0);
    boot.modules[0].cmdline = line;
    CHECK_EQ(plan_and_run(2 * MIB), -EINVAL);
    line[2047] = '\0';
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    CHECK_STR((const char *)ram.bytes + get_le(ram.bytes + plan.esi + 0x228, 4), line);

    make_machine(2 * MIB, 3 * MIB, 0);
    CHECK_EQ(memmap_reserve(&map, PREF_ADDRESS, RAM_SIZE - PREF_ADDRESS, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOENT);
    make_machine(2 * MIB, 3 * MIB, 0);
    CHECK_EQ(memmap_reserve(&map, 0, 640 * KIB, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOENT);
    make_machine(2 * MIB, 3 * MIB, 6 * MIB);
    CHECK_EQ(memmap_reserve(&map, PREF_ADDRESS + MIB, 11 * MIB, MEM_RESERVED), 0);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOENT);

    make_machine(2 * MIB, 3 * MIB, 0);
    for (unsigned i = 0; i < 63; i++)
        CHECK_EQ(memmap_reserve(&map, 8 * MIB + i * 8192, PAGE_SIZE, MEM_RESERVED), 0);
    CHECK(map.count > 128);
    CHECK_EQ(plan_and_run(2 * MIB), -ENOSPC);
}

static int try_image(const uint8_t *bytes, size_t size)
{
    struct fake_phys file = fake_phys_new(0, bytes, size);
    struct guest_source source = {&boot, &map, file.bytes, size, 0, {0, 0}};
    int ret;

    why = NULL;
    ret = linux_boot_plan(&source, &scratch, &plan, &why);
    if (ret == 0 && plan.block_size <= sizeof(block))
        ret = linux_boot_fill(&source, &plan, 0, block, &why);
    CHECK(ret == 0 || why);
    for (unsigned i = 0; ret == 0 && i < plan.step_count; i++)
        CHECK(memmap_is_usable(&map, plan.step[i].dst, plan.step[i].size));
    free(file.bytes);
    return ret;
}

static void broken_kernels(void)
{
    static uint8_t copy[KERNEL_SIZE];
    uint64_t seed = 12;

    make_kernel();
    make_machine(2 * MIB, 3 * MIB, 5000);
    CHECK(linux_is_bzimage(image, KERNEL_SIZE));
    CHECK_EQ(try_image(image, KERNEL_SIZE), 0);
    for (size_t size = 0; size < KERNEL_SIZE; size += size < 4096 ? 1 : 997)
        CHECK_MSG(try_image(image, size) == -EINVAL, "cut to %zu bytes", size);
    put_le(image + 0x206, 2, 0x205);
    CHECK_EQ(try_image(image, KERNEL_SIZE), -EINVAL);
    make_kernel();
    image[0x211] = 0;
    CHECK_EQ(try_image(image, KERNEL_SIZE), -EINVAL);
    make_kernel();
    put_le(image + 0x230, 4, 0x300000);
    CHECK_EQ(try_image(image, KERNEL_SIZE), -EINVAL);
    make_kernel();
    put_le(image + 0x258, 8, UINT64_MAX - 100);
    CHECK_EQ(try_image(image, KERNEL_SIZE), -EINVAL);

    make_kernel();
    for (unsigned round = 0; round < 5000; round++) {
        memcpy(copy, image, KERNEL_SIZE);
        for (unsigned i = 0; i <= round % 4; i++)
            copy[0x1f1 + test_random_below(&seed, 0x80)] = (uint8_t)test_random(&seed);
        try_image(copy, KERNEL_SIZE);
    }
}

/* The zero page says where UEFI's tables are, and nobody else is where the map goes. */
static void uefi(void)
{
    static uint8_t efi_map[3 * 48];
    const uint8_t *zp;

    make_kernel();
    make_machine(2 * MIB, 3 * MIB, 5000);
    boot.is_efi = true;
    boot.efi = (struct boot_efi){UINT64_C(0x123456789), efi_map, sizeof(efi_map), 48, 1};
    boot.framebuffer =
        (struct boot_framebuffer){UINT64_C(0x1C0000000), 3200, 800, 600, 32, 1, 16, 8, 8, 8, 0, 8};
    boot.has_framebuffer = true;
    boot.loader_count = 1;
    boot.loader[0] = (struct phys_range){15 * MIB, 16 * MIB};
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    check_started(5000);
    zp = ram.bytes + plan.esi;
    CHECK_MEM(zp + 0x1c0, "EL64", 4);
    CHECK_EQ(get_le(zp + 0x1c4, 4), 0x23456789);
    CHECK_EQ(get_le(zp + 0x1d8, 4), 1);
    CHECK_EQ(get_le(zp + 0x1c8, 4), 48);
    CHECK_EQ(get_le(zp + 0x1cc, 4), 1);
    CHECK_EQ(get_le(zp + 0x1d0, 4), plan.efi_map_pa);
    CHECK(memmap_is_usable(&map, plan.efi_map_pa, PAGE_SIZE));
    CHECK(plan.efi_map_pa + PAGE_SIZE <= 15 * MIB);
    CHECK(!overlaps(plan.efi_map_pa, PAGE_SIZE, plan.entry, INIT_SIZE));
    CHECK(!overlaps(plan.efi_map_pa, PAGE_SIZE, get_le(zp + 0x218, 4), 5000));
    CHECK(!overlaps(plan.efi_map_pa, PAGE_SIZE, 2 * MIB, KERNEL_SIZE));
    CHECK(!overlaps(plan.efi_map_pa, PAGE_SIZE, 3 * MIB, 5000));
    CHECK_EQ(zp[0x00f], 0x70);
    CHECK_EQ(get_le(zp + 0x012, 2), 800);
    CHECK_EQ(get_le(zp + 0x014, 2), 600);
    CHECK_EQ(get_le(zp + 0x018, 4), 0xC0000000);
    CHECK_EQ(get_le(zp + 0x01c, 4), 3200 * 600);
    CHECK_EQ(get_le(zp + 0x024, 2), 3200);
    CHECK_EQ(get_le(zp + 0x026, 2), 16 << 8 | 8);
    CHECK_EQ(get_le(zp + 0x03a, 4), 1);
    boot.is_efi = false;
    boot.efi = (struct boot_efi){0};
    CHECK_EQ(plan_and_run(2 * MIB), 0);
    CHECK_EQ(ram.bytes[plan.esi + 0x00f], 0x23); /* a graphics mode of a BIOS */
    CHECK_EQ(get_le(ram.bytes + plan.esi + 0x012, 2), 800);
    boot.has_framebuffer = false;
    boot.loader_count = 0;
}

int main(void)
{
    ram = fake_phys_new(0, NULL, RAM_SIZE);
    TEST_RUN(zero_page_fields);
    TEST_RUN(any_placement_by_the_loader);
    TEST_RUN(not_relocatable);
    TEST_RUN(uefi);
    TEST_RUN(limits_of_initrd_and_line);
    TEST_RUN(broken_kernels);
    free(ram.bytes);
    return test_done();
}
