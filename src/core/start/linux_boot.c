/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a bzImage, its initrd and its zero page go, and what the zero page says. Pure.
 *
 * The initrd moves first, then the kernel. The initrd's new place avoids the kernel's old and new
 * place, so this order is right wherever the loader has put the two.
 */
#include "core/start/linux_boot.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

/*
 * Offsets in the zero page. The setup header has the same offsets in the file ("The Real-Mode
 * Kernel Header"; struct boot_params in the kernel's headers).
 */
enum zero_page {
    ZP_ORIG_Y = 0x001,
    ZP_VIDEO_MODE = 0x006,
    ZP_VIDEO_COLS = 0x007,
    ZP_VIDEO_LINES = 0x00e,
    ZP_VIDEO_IS_VGA = 0x00f,
    ZP_VIDEO_POINTS = 0x010,
    ZP_EXT_MEM_K = 0x002,
    ZP_ACPI_RSDP = 0x070,
    ZP_ALT_MEM_K = 0x1e0,
    ZP_E820_COUNT = 0x1e8,
    ZP_SETUP_HEADER = 0x1f1,
    ZP_SETUP_SECTS = 0x1f1,
    ZP_VID_MODE = 0x1fa,
    ZP_BOOT_FLAG = 0x1fe,
    ZP_JUMP_LENGTH = 0x201,
    ZP_MAGIC = 0x202,
    ZP_VERSION = 0x206,
    ZP_TYPE_OF_LOADER = 0x210,
    ZP_LOADFLAGS = 0x211,
    ZP_CODE32_START = 0x214,
    ZP_RAMDISK_IMAGE = 0x218,
    ZP_RAMDISK_SIZE = 0x21c,
    ZP_CMD_LINE_PTR = 0x228,
    ZP_INITRD_ADDR_MAX = 0x22c,
    ZP_KERNEL_ALIGNMENT = 0x230,
    ZP_RELOCATABLE = 0x234,
    ZP_CMDLINE_SIZE = 0x238,
    ZP_PAYLOAD_OFFSET = 0x248,
    ZP_PAYLOAD_LENGTH = 0x24c,
    ZP_PREF_ADDRESS = 0x258,
    ZP_INIT_SIZE = 0x260,
    ZP_SETUP_HEADER_END = 0x268, /* the end of the fields that are read here */
    ZP_SETUP_HEADER_LIMIT = 0x290,
    ZP_E820 = 0x2d0,
};

#define E820_ENTRY_SIZE 20
#define E820_MAX        128

#define BOOT_FLAG            0xAA55
#define HDRS                 UINT32_C(0x53726448) /* "HdrS" */
#define LOADED_HIGH          0x01
#define VID_MODE_NORMAL      0xFFFF
#define LOADER_UNKNOWN       0xFF
#define PROTOCOL_CMDLINE     0x206
#define PROTOCOL_PAYLOAD     0x208
#define PROTOCOL_INIT_SIZE   0x20A
#define PROTOCOL_ACPI_RSDP   0x20E
#define SECTOR_SIZE          512U
#define DEFAULT_SETUP_SECTS  4
#define DEFAULT_LOAD_ADDRESS MIB
#define ADDRESS_LIMIT        (4 * GIB)

_Static_assert(ZP_E820 + E820_MAX * E820_ENTRY_SIZE <= 4096, "E820 table in the zero page");

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

static uint64_t get(const uint8_t *p, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, p, width);
    return value;
}

static void put(uint8_t *p, unsigned width, uint64_t value)
{
    memcpy(p, &value, width);
}

/* What the setup header demands. */
struct kernel {
    unsigned protocol;
    uint64_t setup_size; /* the real-mode part at the start of the file, not used here */
    uint64_t size;       /* the protected-mode part after it, in bytes */
    bool relocatable;
    uint64_t alignment;
    uint64_t pref_address;
    uint64_t init_size;
    uint64_t initrd_limit;
    uint64_t cmdline_max;
};

bool linux_is_bzimage(const uint8_t *file, uint64_t size)
{
    return size >= ZP_SETUP_HEADER_END && get(file + ZP_BOOT_FLAG, 2) == BOOT_FLAG &&
           get(file + ZP_MAGIC, 4) == HDRS;
}

static int read_header(const uint8_t *file, uint64_t size, struct kernel *k, const char **why)
{
    unsigned sects;

    if (!linux_is_bzimage(file, size))
        return fail(-EINVAL, why, "the first module is no Linux bzImage");
    sects = file[ZP_SETUP_SECTS] ? file[ZP_SETUP_SECTS] : DEFAULT_SETUP_SECTS;
    k->protocol = (unsigned)get(file + ZP_VERSION, 2);
    if (k->protocol < PROTOCOL_CMDLINE)
        return fail(-EINVAL, why, "the Linux kernel is too old: boot protocol 2.06 is needed");
    if (!(file[ZP_LOADFLAGS] & LOADED_HIGH))
        return fail(-EINVAL, why, "the Linux kernel is a zImage: a bzImage is needed");

    k->setup_size = (uint64_t)(sects + 1) * SECTOR_SIZE;
    if (size <= k->setup_size)
        return fail(-EINVAL, why, "the Linux kernel is cut off");
    k->size = size - k->setup_size;
    if (k->protocol >= PROTOCOL_PAYLOAD &&
        get(file + ZP_PAYLOAD_OFFSET, 4) + get(file + ZP_PAYLOAD_LENGTH, 4) > k->size)
        return fail(-EINVAL, why, "the Linux kernel is cut off");

    k->relocatable = file[ZP_RELOCATABLE];
    k->alignment = get(file + ZP_KERNEL_ALIGNMENT, 4);
    k->initrd_limit = get(file + ZP_INITRD_ADDR_MAX, 4) + 1;
    k->cmdline_max = get(file + ZP_CMDLINE_SIZE, 4);
    k->pref_address = DEFAULT_LOAD_ADDRESS;
    k->init_size = 4 * k->size; /* a guess for protocols that do not say */
    if (k->protocol >= PROTOCOL_INIT_SIZE) {
        k->pref_address = get(file + ZP_PREF_ADDRESS, 8);
        k->init_size = get(file + ZP_INIT_SIZE, 4);
    }
    if (k->init_size < k->size)
        k->init_size = k->size;
    if (k->alignment < PAGE_SIZE)
        k->alignment = PAGE_SIZE;
    if ((k->alignment & (k->alignment - 1)) || k->pref_address >= ADDRESS_LIMIT)
        return fail(-EINVAL, why, "the Linux kernel has a broken setup header");
    return 0;
}

/* Planning ---------------------------------------------------------------------------------- */

/*
 * A relocatable kernel runs where it is loaded, but not below pref_address. Any other kernel is
 * loaded at 1 MiB and moves itself to pref_address.
 */
static int place_kernel(const struct kernel *k, const struct memmap *map, hpa_t *dst,
                        const char **why)
{
    bool pref_free = memmap_is_usable(map, k->pref_address, k->init_size);

    if (!k->relocatable) {
        *dst = DEFAULT_LOAD_ADDRESS;
        if (pref_free && memmap_is_usable(map, *dst, k->size))
            return 0;
        return fail(-ENOENT, why, "the memory where this Linux kernel must run is not free");
    }
    if (pref_free && k->pref_address >= DEFAULT_LOAD_ADDRESS) {
        *dst = k->pref_address;
        return 0;
    }
    if (memmap_find_bottom(map, k->init_size, k->alignment,
                           k->pref_address > MIB ? k->pref_address : MIB, ADDRESS_LIMIT, dst))
        return fail(-ENOENT, why, "too little memory for the Linux kernel");
    return 0;
}

/* Marks [base, base+size) as taken, in the copy of the map. */
static int take(struct memmap *scratch, hpa_t base, uint64_t size, const char **why)
{
    hpa_t start = ALIGN_DOWN(base, PAGE_SIZE);

    if (memmap_reserve(scratch, start, ALIGN_UP(base + size, PAGE_SIZE) - start, MEM_RESERVED))
        return fail(-ENOSPC, why, "the memory map has too many pieces");
    return 0;
}

static void add_step(struct guest_plan *plan, hpa_t dst, hpa_t src, uint64_t size)
{
    plan->step[plan->step_count++] = (struct guest_step){dst, src, size, 0};
}

static int plan_initrd(const struct boot_info *boot, const struct kernel *k, struct memmap *scratch,
                       struct guest_plan *plan, const char **why)
{
    const struct boot_module *m = &boot->modules[1];
    hpa_t dst;
    int ret;

    if (boot->module_count < 2 || m->end <= m->start)
        return 0;
    if (memmap_find_top(scratch, m->end - m->start, PAGE_SIZE, k->initrd_limit, &dst))
        return fail(-ENOENT, why, "too little memory for the initrd");
    ret = take(scratch, dst, m->end - m->start, why);
    if (ret == 0)
        ret = take(scratch, m->start, m->end - m->start, why);
    add_step(plan, dst, m->start, m->end - m->start);
    return ret;
}

static int plan_block(const char *cmdline, const struct kernel *k, struct memmap *scratch,
                      struct guest_plan *plan, const char **why)
{
    uint64_t size = strlen(cmdline) + 1;

    if (size - 1 > k->cmdline_max || PAGE_SIZE + GUEST_GDT_SIZE + size > LINUX_BLOCK_MAX)
        return fail(-EINVAL, why, "the Linux command line is too long for this kernel");
    plan->block_size = (uint32_t)(PAGE_SIZE + GUEST_GDT_SIZE + size);
    if (memmap_find_low(scratch, plan->block_size, &plan->block_pa))
        return fail(-ENOENT, why, "no room below 640 KiB for the Linux boot parameters");
    plan->gdt_pa = (uint32_t)(plan->block_pa + PAGE_SIZE);
    plan->esi = (uint32_t)plan->block_pa;
    return 0;
}

int linux_boot_plan(const struct guest_source *source, struct memmap *scratch,
                    struct guest_plan *plan, const char **why)
{
    const struct boot_info *boot = source->boot;
    struct kernel k;
    hpa_t dst, src;
    int ret;

    memset(plan, 0, sizeof(*plan));
    ret = read_header(source->kernel, source->kernel_size, &k, why);
    if (ret == 0)
        ret = place_kernel(&k, source->map, &dst, why);
    if (ret)
        return ret;

    src = boot->modules[0].start + k.setup_size;
    *scratch = *source->map;
    ret = take(scratch, dst, k.relocatable ? k.init_size : k.size, why);
    if (ret == 0 && !k.relocatable)
        ret = take(scratch, k.pref_address, k.init_size, why);
    if (ret == 0)
        ret = take(scratch, src, k.size, why);
    if (ret == 0)
        ret = plan_initrd(boot, &k, scratch, plan, why);
    if (ret == 0)
        ret = plan_block(boot->modules[0].cmdline, &k, scratch, plan, why);
    if (ret)
        return ret;
    add_step(plan, dst, src, k.size);
    plan->entry = (uint32_t)dst;
    return 0;
}

/* The zero page ----------------------------------------------------------------------------- */

static int fill_memory(const struct memmap *map, uint8_t *zp, const char **why)
{
    uint8_t *e = zp + ZP_E820;

    if (map->count > E820_MAX)
        return fail(-ENOSPC, why, "the memory map has too many entries for Linux (128)");
    zp[ZP_E820_COUNT] = (uint8_t)map->count;
    for (unsigned i = 0; i < map->count; i++, e += E820_ENTRY_SIZE) {
        const struct mem_region *r = &map->region[i];

        put(e, 8, r->base);
        put(e + 8, 8, r->size);
        put(e + 16, 4, r->type);
        /*
         * What INT 15h, functions E801H and 88H, would say: KiB above 1 MiB, up to the first hole.
         */
        if (r->type == MEM_USABLE && r->base <= MIB && r->base + r->size > MIB) {
            uint64_t kib = (r->base + r->size - MIB) / KIB;

            put(zp + ZP_ALT_MEM_K, 4, kib < UINT32_MAX ? kib : UINT32_MAX);
            put(zp + ZP_EXT_MEM_K, 2, kib < 0xfc00 ? kib : 0xfc00);
        }
    }
    return 0;
}

/* Describes VGA text mode 3 with the cursor in the last line, as a BIOS loader leaves it. */
static void fill_screen(uint8_t *zp)
{
    zp[ZP_ORIG_Y] = 24;
    zp[ZP_VIDEO_MODE] = 3;
    zp[ZP_VIDEO_COLS] = 80;
    zp[ZP_VIDEO_LINES] = 25;
    zp[ZP_VIDEO_IS_VGA] = 1;
    put(zp + ZP_VIDEO_POINTS, 2, 16);
}

int linux_boot_fill(const struct guest_source *source, const struct guest_plan *plan, hpa_t rsdp_pa,
                    uint8_t *block, const char **why)
{
    const uint8_t *file = source->kernel;
    const char *cmdline = source->boot->modules[0].cmdline;
    uint64_t gdt[GUEST_GDT_SIZE / 8];
    /* "The size of the setup header is 0x202 plus the byte value at offset 0x201". */
    size_t header_end = ZP_MAGIC + (size_t)file[ZP_JUMP_LENGTH];

    if (header_end > ZP_SETUP_HEADER_LIMIT)
        header_end = ZP_SETUP_HEADER_LIMIT;
    if (header_end > source->kernel_size || header_end < ZP_CMDLINE_SIZE + 4)
        return fail(-EINVAL, why, "the Linux kernel has a broken setup header");
    memset(block, 0, plan->block_size);
    memcpy(block + ZP_SETUP_HEADER, file + ZP_SETUP_HEADER, header_end - ZP_SETUP_HEADER);

    put(block + ZP_VID_MODE, 2, VID_MODE_NORMAL);
    block[ZP_TYPE_OF_LOADER] = LOADER_UNKNOWN;
    put(block + ZP_CODE32_START, 4, plan->entry);
    put(block + ZP_CMD_LINE_PTR, 4, plan->gdt_pa + GUEST_GDT_SIZE);
    if (plan->step_count > 1) { /* the initrd's step, then the kernel's */
        put(block + ZP_RAMDISK_IMAGE, 4, plan->step[0].dst);
        put(block + ZP_RAMDISK_SIZE, 4, plan->step[0].size);
    }
    if (get(file + ZP_VERSION, 2) >= PROTOCOL_ACPI_RSDP)
        put(block + ZP_ACPI_RSDP, 8, rsdp_pa);
    fill_screen(block);

    guest_gdt_fill(gdt);
    memcpy(block + PAGE_SIZE, gdt, sizeof(gdt));
    memcpy(block + PAGE_SIZE + GUEST_GDT_SIZE, cmdline, strlen(cmdline) + 1);
    return fill_memory(source->map, block, why);
}
